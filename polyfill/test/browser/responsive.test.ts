/** Pages stay alive while they compute: timers, messages and frames have their turns. */

import type { Browser, Page } from "playwright-core";
import type { ViteDevServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, launch, openPage, serve, whyNot } from "./chromium.js";
import type { Counts } from "./pages/responsive.js";

const PAGE = "test/browser/pages/responsive.ts";

/** So many milliseconds of inference; without turns for the page, all counts are 0 or 1. */
const WORK = 2500;
const ENOUGH = 8;

function expectAlive({ runs, timers, intervals, messages, frames }: Counts): void {
  expect(runs).toBeGreaterThan(0);
  for (const [name, count] of Object.entries({ timers, intervals, messages, frames })) expect(count, name).toBeGreaterThan(ENOUGH);
}

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

  test.each(["convolutions", "products", "sequence"])("the plain backend, %s", async (name) => {
    expectAlive(await call<Counts>(page, PAGE, "inferences", name, { accelerated: false }, WORK));
  });

  test("two plain contexts at once", async () => {
    expectAlive(await call<Counts>(page, PAGE, "both", WORK));
  });

  test("WebGPU", async () => {
    expectAlive(await call<Counts>(page, PAGE, "inferences", "products", { accelerated: true }, WORK));
  });
});
