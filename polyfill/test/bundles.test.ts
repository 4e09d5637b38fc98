/** The bundles that are published: their sizes, and that they work in pages and workers. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
// @ts-expect-error: the build is plain JavaScript
import { bundle, sizes } from "../build.mjs";
import { launch, whyNot } from "./browser/chromium.js";

const LIMIT = 150 * 1024;
const ORIGIN = "http://localhost/";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "webnpu-bundles-"));
  await bundle(folder);
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test("all is under 150 KB gzipped", async () => {
  const measured: [string, number][] = await sizes(folder);
  console.log(measured.map(([name, size]) => `${(size / 1024).toFixed(1).padStart(7)} KB gz  ${name}`).join("\n"));
  const of = (kind: RegExp) => measured.filter(([name]) => kind.test(name)).reduce((sum, [, size]) => sum + size, 0);
  expect(of(/^(chunks|index|auto)/)).toBeLessThan(LIMIT);
  expect(of(/classic/)).toBeLessThan(LIMIT);
  expect(of(/classic/)).toBeGreaterThan(10 * 1024);
});

/** Doubles numbers on navigator.ml; runs in a page or a worker. */
const DOUBLING = `async (accelerated) => {
  const context = await navigator.ml.createContext({ accelerated });
  const builder = new MLGraphBuilder(context);
  const descriptor = { dataType: "float32", shape: [3] };
  const x = builder.input("x", descriptor);
  const graph = await builder.build({ y: builder.softmax(builder.add(x, x), 0) });
  const [input, output] = await Promise.all([
    context.createTensor({ ...descriptor, writable: true }),
    context.createTensor({ ...descriptor, readable: true }),
  ]);
  context.writeTensor(input, Float32Array.of(0, 0, Math.log(2) / 2));
  context.dispatch(graph, { x: input }, { y: output });
  const result = [...new Float32Array(await context.readTensor(output))].map((value) => value.toFixed(6));
  const backend = (await context.explain(graph)).backend;
  context.destroy();
  return { result, backend };
}`;

const EXPECTED = ["0.250000", "0.250000", "0.500000"];

/** Scripts of a page or a worker that use the bundles. */
const SCRIPTS: Record<string, string> = {
  "module.js": `import { ready } from "./auto.js"; const outcome = await ready; postMessage(await (${DOUBLING})(false)); void outcome;`,
  "classic.js": `importScripts("./webnpu.classic.js"); (${DOUBLING})(false).then(postMessage);`,
};

describe.skipIf(whyNot)(`in Chromium${whyNot}`, () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await launch();
    page = await browser.newPage();
    await page.route(`${ORIGIN}**`, async (route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      if (name === "") return route.fulfill({ contentType: "text/html", body: "<!doctype html>" });
      return route.fulfill({ contentType: "text/javascript", body: SCRIPTS[name] ?? (await readFile(join(folder, name), "utf8")) });
    });
  });

  afterAll(() => browser?.close());

  const inPage = (accelerated: boolean) => page.evaluate(`(${DOUBLING})(${accelerated})`);

  const inWorker = (script: string, type: WorkerType) =>
    page.evaluate(
      ([script, type]) =>
        new Promise((resolve, reject) => {
          const worker = new Worker(`/${script}`, { type: type as WorkerType });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
        }),
      [script, type],
    );

  test("the classic script", async () => {
    await page.goto(ORIGIN);
    await page.addScriptTag({ url: `${ORIGIN}webnpu.classic.js` });
    expect(await page.evaluate("webnpu.ready")).toBe("polyfill");
    expect(await inPage(false)).toEqual({ result: EXPECTED, backend: "plain" });
    expect(await inPage(true)).toEqual({ result: EXPECTED, backend: "webgpu" });
  });

  test("the module, which loads its backends when they are wanted", async () => {
    const requested: string[] = [];
    page.on("request", (request) => requested.push(request.url()));
    await page.goto(ORIGIN);
    await page.evaluate("import('/auto.js')");
    const before = requested.length;
    expect(await inPage(false)).toEqual({ result: EXPECTED, backend: "plain" });
    expect(requested.length).toBeGreaterThan(before);
    expect(await inPage(true)).toEqual({ result: EXPECTED, backend: "webgpu" });
  });

  test("a module worker", async () => {
    await page.goto(ORIGIN);
    expect(await inWorker("module.js", "module")).toEqual({ result: EXPECTED, backend: "plain" });
  });

  test("a classic worker", async () => {
    await page.goto(ORIGIN);
    expect(await inWorker("classic.js", "classic")).toEqual({ result: EXPECTED, backend: "plain" });
  });
});
