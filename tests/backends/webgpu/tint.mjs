// Compiles every shader of a JSON file with Tint, through Dawn: node tint.mjs FOLDER_OF_NODE_MODULES FILE
import fs from "node:fs";
import { createRequire } from "node:module";

const [folder, file] = process.argv.slice(2);
const { create, globals } = createRequire(`${folder}/`)("webgpu");
Object.assign(globalThis, globals);
const gpu = create([]); // to be kept: Dawn ends with it
const adapter = await gpu.requestAdapter();
if (!adapter) {
  console.log(JSON.stringify({ adapter: null, faults: [] }));
  process.exit(0);
}
const device = await adapter.requestDevice();
const faults = [];
for (const [kernel, text] of JSON.parse(fs.readFileSync(file, "utf8"))) {
  device.pushErrorScope("validation");
  const info = await device.createShaderModule({ code: text }).getCompilationInfo();
  await device.popErrorScope();
  const message = info.messages.find((m) => m.type !== "info");
  if (message) faults.push(`${kernel}: ${message.message}: ${text.split("\n")[message.lineNum - 1]}`);
}
console.log(JSON.stringify({ adapter: adapter.info.description, faults }));
process.exit(0);
