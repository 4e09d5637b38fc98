/** Contexts on WebGPU through the public API. */

import type { Browser, Page } from "playwright-core";
import type { ViteDevServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, launch, openPage, serve, whyNot } from "./chromium.js";

const PAGE = "test/browser/pages/contexts.ts";

describe.skipIf(whyNot)(`in Chromium${whyNot}`, () => {
  let server: ViteDevServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    server = await serve();
    browser = await launch();
    page = await openPage(browser, server);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test.each([
    ["the context's own device", true],
    ["another device", false],
  ])("a tensor is lent to %s and comes back", async (_name, own) => {
    expect(await call(page, PAGE, "lending", own)).toEqual({
      meanwhile: Array(4).fill("InvalidStateError"),
      result: [2, 40, 6, 8],
      early: own ? "nothing" : "InvalidStateError",
      computed: [2, 40, 6, 8],
      rewritten: [5, 6, 7, 8],
      alive: true,
      device: true,
    });
  });

  const OPTIONS = [{}, { deviceType: "npu" }, { powerPreference: "low-power" }, { accelerated: false }, { deviceType: "cpu" }];

  test("options choose the backend", async () => {
    const [gpu, cpu] = ["webgpu true gpu", "plain false cpu"];
    expect(await call(page, PAGE, "choices", OPTIONS)).toEqual([gpu, gpu, gpu, cpu, cpu]);
  });

  test("without an adapter it is the plain one", async () => {
    const other = await launch({ flags: ["--disable-gpu", "--disable-features=Vulkan,WebGPUService"] });
    try {
      const bare = await openPage(other, server);
      expect(await bare.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()))).toBe(false);
      expect(await call(bare, PAGE, "choices", OPTIONS)).toEqual(Array(5).fill("plain false cpu"));
    } finally {
      await other.close();
    }
  });

  test("a device that is lost takes its context with it", async () => {
    expect(await call(page, PAGE, "losing")).toEqual({
      message: true,
      read: "InvalidStateError",
      after: "InvalidStateError",
      dispatch: "InvalidStateError",
      again: true,
      fresh: true,
    });
  });

  test("races come to an end, and sizes to their limit", async () => {
    const found = await call<{ kinds: string[] }>(page, PAGE, "racing");
    expect(found).toMatchObject({
      powers: Array.from({ length: 16 }, (_, index) => 2 ** index),
      beyond: "TypeError",
      still: "nothing",
      pending: ["InvalidStateError", "InvalidStateError", "InvalidStateError"],
    });
    for (const kind of found.kinds) expect(["nothing", "UnknownError"]).toContain(kind);
  });
});
