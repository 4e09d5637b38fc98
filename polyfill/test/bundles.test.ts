/** The bundles that are published: their sizes, and that they work in pages and workers. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
// @ts-expect-error: the build is plain JavaScript
import { bundle, sizes } from "../build.mjs";
import { launch, whyNot } from "./browser/chromium.js";

const LIMIT = 110 * 1024;
const ORIGIN = "http://localhost/";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "webnpu-bundles-"));
  await bundle(folder);
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test("all is under 110 KB gzipped", async () => {
  const measured: [string, number][] = await sizes(folder);
  console.log(measured.map(([name, size]) => `${(size / 1024).toFixed(1).padStart(7)} KB gz  ${name}`).join("\n"));
  const of = (kind: RegExp) => measured.filter(([name]) => kind.test(name)).reduce((sum, [, size]) => sum + size, 0);
  expect(of(/^(chunks\/(?!worker-text)|index|auto\.js|worker)/)).toBeLessThan(LIMIT);
  expect(of(/^auto\.eager/)).toBeLessThan(LIMIT);
  expect(of(/worker-text/)).toBeLessThan(LIMIT); // loaded only where a bundler left the worker's file behind
  expect(of(/classic/)).toBeLessThan(LIMIT);
  expect(of(/classic/)).toBeGreaterThan(10 * 1024);
});

/** Doubles numbers on navigator.ml; runs in a page or a worker. */
const DOUBLING = `async (options) => {
  const context = await navigator.ml.createContext(typeof options === "boolean" ? { accelerated: options } : options);
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
  const { backend, notes } = await context.explain(graph);
  context.destroy();
  return { result, backend, ...(notes.includes("computed in a worker") ? { worker: true } : {}) };
}`;

/** A policy that allows scripts of the same origin and nothing else. */
const STRICT = { "content-security-policy": "default-src 'none'; script-src 'self'; connect-src 'self'" };

const EXPECTED = ["0.250000", "0.250000", "0.500000"];

/** Scripts of a page or a worker that use the bundles. */
const SCRIPTS: Record<string, string> = {
  "module.js": `import { ready } from "./auto.js"; const outcome = await ready; postMessage(await (${DOUBLING})(false)); void outcome;`,
  "service.js": `import { ready } from "./auto.eager.js";
    self.onmessage = async ({ source }) => { await ready; source.postMessage(await (${DOUBLING})(false)); };`,
  "classic.js": `importScripts("./webnpu.classic.js"); (${DOUBLING})(false).then(postMessage);`,
};

describe.skipIf(whyNot)(`in Chromium${whyNot}`, () => {
  let browser: Browser;
  let page: Page;
  /** Files that the server does not have. */
  const lost = new Set<string>();

  beforeAll(async () => {
    browser = await launch();
    page = await browser.newPage();
    await page.route(`${ORIGIN}**`, async (route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      if (lost.has(name)) return route.fulfill({ status: 404, body: "" });
      if (name === "strict.html") return route.fulfill({ contentType: "text/html", headers: STRICT, body: "<!doctype html>" });
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

  test("a module service worker, which cannot import later", async () => {
    const server = createServer(async ({ url = "/" }, response) => {
      const name = url.slice(1);
      response.setHeader("content-type", name ? "text/javascript" : "text/html");
      response.end(name ? (SCRIPTS[name] ?? (await readFile(join(folder, name), "utf8").catch(() => ""))) : "<!doctype html>");
    }); // what service workers fetch, a page's routes do not see
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
    const found = await page.evaluate(async () => {
      const { installing, active } = await navigator.serviceWorker.register("/service.js", { type: "module" });
      const answer = new Promise((resolve) => {
        navigator.serviceWorker.onmessage = ({ data }) => resolve(data);
        navigator.serviceWorker.startMessages();
      });
      (active ?? installing)?.postMessage("double");
      return answer;
    });
    server.close();
    server.closeAllConnections();
    expect(found).toEqual({ result: EXPECTED, backend: "plain" });
  });

  describe("contexts in workers of their own", () => {
    const IN_WORKER = { result: EXPECTED, backend: "plain", worker: true };
    const OPTIONS = "{ accelerated: false, worker: true }";

    test("the classic script", async () => {
      await page.goto(ORIGIN);
      await page.addScriptTag({ url: `${ORIGIN}webnpu.classic.js` });
      expect(await page.evaluate(`(${DOUBLING})(${OPTIONS})`)).toEqual(IN_WORKER);
      expect(await page.evaluate(`(${DOUBLING})({ worker: true })`)).toEqual({ ...IN_WORKER, backend: "webgpu" });
    });

    test.each([
      ["its file", []],
      ["its text, where the file is not there", ["worker.js"]],
    ])("the modules, by %s", async (_name, missing) => {
      for (const name of missing) lost.add(name);
      await page.goto(ORIGIN);
      await page.evaluate("import('/auto.js')");
      expect(await page.evaluate(`(${DOUBLING})(${OPTIONS})`)).toEqual(IN_WORKER);
      expect(await page.evaluate(`(${DOUBLING})({ worker: true })`)).toEqual({ ...IN_WORKER, backend: "webgpu" });
      lost.clear();
    });

    test("a worker, or its address, that the page gives", async () => {
      await page.goto(ORIGIN);
      await page.evaluate("import('/auto.js')");
      expect(await page.evaluate(`(${DOUBLING})({ accelerated: false, worker: "/worker.js" })`)).toEqual(IN_WORKER);
      await page.evaluate(`globalThis.shared = new Worker("/worker.js", { type: "module" })`);
      const twice = `Promise.all([1, 2].map(() => (${DOUBLING})({ accelerated: false, worker: shared })))`;
      expect(await page.evaluate(twice)).toEqual([IN_WORKER, IN_WORKER]);
    });

    test("under a strict policy, with a word about WebAssembly", async () => {
      const warnings: string[] = [];
      page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
      await page.goto(`${ORIGIN}strict.html`);
      await page.addScriptTag({ url: `${ORIGIN}auto.js`, type: "module" });
      await page.waitForFunction("'ML' in globalThis");
      expect(await page.evaluate(`(${DOUBLING})(${OPTIONS})`)).toEqual(IN_WORKER);
      for (let i = 0; i < 2; i++) expect(await inPage(false)).toEqual({ result: EXPECTED, backend: "plain" });
      expect(warnings.filter((text) => text.includes("wasm-unsafe-eval")).length).toBe(1);
    });

    test("without any worker it says what to do", async () => {
      lost.add("worker.js");
      await page.goto(`${ORIGIN}strict.html`);
      await page.addScriptTag({ url: `${ORIGIN}auto.js`, type: "module" });
      await page.waitForFunction("'ML' in globalThis");
      const failed = await page.evaluate(`(${DOUBLING})(${OPTIONS}).catch(({ name, message }) => name + ": " + message)`);
      expect(failed).toMatch(/^NotSupportedError: createContext: .*imports "webnpu\/worker" can be given instead of true$/);
      lost.clear();
    });
  });
});
