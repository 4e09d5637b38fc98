/** The declarations: TypeScript's own library is all that they need, and WebNN's names are global under `webnpu/auto`. */

import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const COMPILER = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const IDL = readFileSync(join(ROOT, "../spec/webnpu.webidl"), "utf8");

/** What the specification's WebIDL declares. */
const NAMES = [...new Set([...IDL.matchAll(/^(?:dictionary|enum|interface)\s+(ML\w*)/gm)].map(([, name]) => name))];

let folder: string;

/** Compile a project of one file that has the package installed; what the compiler says. */
async function compiled(text: string, options: object = {}): Promise<string> {
  const project = mkdtempSync(join(folder, "project-"));
  writeFileSync(join(project, "page.ts"), text);
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
  const compilerOptions = {
    target: "ES2022",
    lib: ["ES2022", "DOM"],
    module: "ESNext",
    moduleResolution: "Bundler",
    types: [],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    ...options,
  };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["page.ts"] }));
  try {
    await promisify(execFile)(process.execPath, [COMPILER, "-p", project]);
    return "";
  } catch (error) {
    return String((error as { stdout?: string }).stdout);
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "webnpu-types-"));
  const installed = join(folder, "node_modules/webnpu");
  mkdirSync(join(folder, "node_modules/@webgpu"), { recursive: true });
  mkdirSync(installed, { recursive: true });
  cpSync(join(ROOT, "package.json"), join(installed, "package.json"));
  await promisify(execFile)(process.execPath, [
    COMPILER,
    "-p",
    join(ROOT, "tsconfig.build.json"),
    "--outDir",
    join(installed, "dist/types"),
  ]);
  symlinkSync(join(ROOT, "node_modules/@webgpu/types"), join(folder, "node_modules/@webgpu/types"));
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PAGE = `
  import "webnpu/auto";
  import "webnpu/auto/eager";
  import { ready } from "webnpu/auto";
  import { createML, install, type MLContext as Context, MLGraphBuilder as Builder } from "webnpu";
  import { load, type Model } from "webnpu/runtime";
  import "webnpu/worker";
  import { type ImageSource, TensorImages, type WriteOptions } from "webnpu/media";

  const descriptor: MLOperandDescriptor = { dataType: "float32" satisfies MLOperandDataType, shape: [2, 2] };
  const options: MLContextOptions = { powerPreference: "low-power", accelerated: true, worker: true };
  const context: MLContext = await navigator.ml.createContext(options);
  const other: Context = await createML().createContext();
  const builder = new MLGraphBuilder(context);
  const pooling: MLPool2dOptions = { layout: "nhwc", outputShapeRounding: "ceil" };
  const x: MLOperand = builder.input("x", descriptor);
  const graph: MLGraph = await builder.build({ y: builder.averagePool2d(builder.reshape(builder.matmul(x, x), [1, 2, 2, 1]), pooling) });
  const tensor: MLTensor = await context.createTensor({ ...descriptor, writable: true } satisfies MLTensorDescriptor);
  context.writeTensor(tensor, Float32Array.of(1, 2, 3, 4));
  context.dispatch(graph, { x: tensor }, {});
  const limits: MLOpSupportLimits = context.opSupportLimits();
  const buffer: ArrayBuffer = await context.readTensor(tensor);
  const model: Model = await load("model.safetensors");
  declare const device: GPUDevice & EventTarget;
  declare const canvas: OffscreenCanvas;
  const source: ImageSource = new ImageData(2, 2);
  const images = new TensorImages(context, device);
  images.write(tensor, source, { fit: "cover", mean: [0.5] } satisfies WriteOptions);
  images.draw(tensor, canvas);
  export { Builder, buffer, install, limits, model, other, ready };
`;

describe("a project with strict settings", () => {
  test.each([
    ["as bundlers resolve", {}],
    ["as Node resolves", { module: "NodeNext", moduleResolution: "NodeNext" }],
    ["in workers", { lib: ["ES2022", "WebWorker"] }],
    ["with the declarations of WebGPU", { types: ["@webgpu/types"] }],
  ])(
    "compiles, %s",
    async (_name, options) => {
      expect(await compiled(PAGE, options)).toBe("");
    },
    240_000,
  );

  test("has every name of the specification as a global", async () => {
    expect(NAMES.length).toBeGreaterThan(60);
    const uses = NAMES.map((name, index) => `export let v${index}: ${name};`);
    expect(await compiled(`import "webnpu/auto";\n${uses.join("\n")}`)).toBe("");
  }, 240_000);

  test("is told of what is wrong", async () => {
    const found = await compiled(`import "webnpu/auto";
      export const d: MLOperandDescriptor = { dataType: "float65", shape: [] };
      await navigator.ml.createContext({ worker: 5 });`);
    expect(found).toMatch(/page.ts\(2,.*float65/);
    expect(found).toMatch(/page.ts\(3,/);
  }, 240_000);
});
