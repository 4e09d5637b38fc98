/** Installing in pages and workers: where navigator.ml is missing, broken, or works; and the surface of what is installed. */

import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import type { ViteDevServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "webidl2";
import { call, launch, openPage, originOf, serve, WEBGPU, whyNot } from "./chromium.js";

const IDL = readFileSync(new URL("../../../spec/webnpu.webidl", import.meta.url), "utf8");

const PAGE = "test/browser/pages/install.ts";
const USED = { outcome: "polyfill", result: [-1], kinds: [true, true, true, true], same: true };

describe.skipIf(whyNot)(`in Chromium${whyNot}`, () => {
  let server: ViteDevServer;

  beforeAll(async () => {
    server = await serve();
  });

  afterAll(() => server?.close());

  describe.each([
    ["without a navigator.ml", [] as string[]],
    ["with a navigator.ml that rejects every context", ["WebMachineLearningNeuralNetwork"]],
  ])("%s", (_name, features) => {
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      browser = await launch({ features });
    });

    afterAll(() => browser?.close());

    test("the premise holds", async () => {
      page = await openPage(browser, server);
      expect(await page.evaluate(() => "ml" in navigator)).toBe(features.length > 0);
      if (features.length) {
        await expect(page.evaluate(() => navigator.ml.createContext().then(() => "a context"))).rejects.toThrow("NotSupportedError");
      }
    });

    test("a page can use it at once", async () => {
      page = await openPage(browser, server);
      expect(await call(page, PAGE, "useAtOnce")).toEqual(USED);
    });

    test("so can a worker", async () => {
      page = await openPage(browser, server);
      expect(await call(page, PAGE, "useInWorker")).toEqual(USED);
    });

    test("its surface is that of the WebIDL", async () => {
      page = await openPage(browser, server);
      expect(await call(page, PAGE, "faultsOfSurface", parse(IDL))).toEqual([]);
    });
  });

  describe("with a navigator.ml that works", () => {
    let browser: Browser;

    beforeAll(async () => {
      browser = await launch({ flags: [...WEBGPU] });
    });

    afterAll(() => browser?.close());

    test("it is left alone; what was taken in the meantime goes on working", async () => {
      const page = await openPage(browser, server);
      const found = await call(page, PAGE, "besideNative");
      expect(found).toEqual({ outcome: "native", early: true, asked: [{ accelerated: false }], builder: true, restored: true });
    });

    test("it is replaced by force", async () => {
      const page = await openPage(browser, server);
      expect(await call(page, PAGE, "byForce")).toEqual({ outcome: "polyfill", supports: true });
    });

    test("nothing is installed in a context that is not secure", async () => {
      const page = await browser.newPage();
      await page.route("http://insecure.test/**", async (route) => {
        const { pathname, search } = new URL(route.request().url());
        if (pathname === "/") return route.fulfill({ contentType: "text/html", body: "<!doctype html>" });
        return route.fulfill({ response: await route.fetch({ url: new URL(pathname + search, originOf(server)).href }) });
      });
      await page.goto("http://insecure.test/");
      const found = await call(page, PAGE, "whatIsThere");
      expect(found).toEqual({ outcome: "unavailable", secure: false, ml: false, MLContext: false });
    });
  });
});
