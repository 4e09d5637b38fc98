// Measures every peer on every model in Chromium, and prints a table: node bench/run.mjs [--seconds 3] [--only text] [--gpu] [--json file]
import { existsSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { createServer } from "vite";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    only: { type: "string", default: "" },
    gpu: { type: "boolean" },
    json: { type: "string" },
  },
});
const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
if (!existsSync(`${root}/bench/node_modules/onnxruntime-web`)) {
  console.error("the peers are not installed: npm install in polyfill/bench");
  process.exit(2);
}
const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => path && existsSync(path));
const adapter = options.gpu ? [] : ["--use-webgpu-adapter=swiftshader"];
const server = await createServer({
  root,
  configFile: false,
  logLevel: "error",
  appType: "custom",
  optimizeDeps: { noDiscovery: true },
  server: { port: 0, hmr: false, ws: false, watch: null, host: "localhost", fs: { strict: false } },
});
await server.listen();
const origin = server.resolvedUrls.local[0];
const args = ["--no-sandbox", "--enable-features=Vulkan", "--enable-unsafe-webgpu", ...adapter];

/** One call of an exported function of page.ts, in a browser of its own: no peer shall suffer from another. */
async function inPage(call) {
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage();
    await page.route(`${origin}blank`, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>bench</title>" }));
    await page.goto(`${origin}blank`);
    return await page.evaluate(`import("/bench/page.ts").then((page) => page.${call})`);
  } finally {
    await browser.close();
  }
}

const distance = (a, b) => Math.max(...a.map((value, i) => Math.abs(value - b[i]))) / Math.max(...b.map(Math.abs));
const { models, peers } = await inPage("contents()");
const results = [];
for (const [m, model] of models.entries()) {
  let own;
  for (const [p, [peer, usesWebGPU]] of peers.entries()) {
    if (!`${model} ${peer}`.includes(options.only) && p > 0) continue;
    const found = await inPage(`measure(${m}, ${p}, ${options.seconds})`).catch((error) => ({
      error: error.message.split("\n")[0].slice(0, 120),
    }));
    if (p === 0) own = found;
    const row = { model, peer, usesWebGPU, ...found };
    if (found.output && own?.output) Object.assign(row, { ratio: found.best / own.best, distance: distance(found.output, own.output) });
    results.push(row);
    const ms = (value) => value.toFixed(1).padStart(9);
    const measured =
      found.error ?? `${ms(found.best)} best${ms(found.median)} median${ms(found.first)} first${ms(found.prepare)} to prepare (ms)`;
    const compared = row.ratio === undefined ? "" : `  ${row.ratio.toFixed(2).padStart(6)} x  off by ${row.distance.toExponential(1)}`;
    console.log(`${model.padEnd(12)} ${peer.padEnd(24)} ${measured}${compared}`);
  }
}
if (options.json) writeFileSync(options.json, JSON.stringify(results, null, 1));
await server.close();
