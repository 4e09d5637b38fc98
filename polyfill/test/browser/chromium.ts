/**
 * Chromium for the tests that need a browser.
 *
 *     describe.skipIf(whyNot)(`in Chromium${whyNot}`, () => {
 *       beforeAll(async () => { server = await serve(); browser = await launch(); });
 *       const page = await openPage(browser, server);
 *       expect(await call(page, "test/browser/pages/some.ts", "result", 1)).toBe(2);
 *
 * Pages are served by Vite from this folder's package, TypeScript and all; http://localhost is a secure context.
 */

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { createServer, type ViteDevServer } from "vite";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Where Chromium is: the variable CHROMIUM, or a command on the path. */
export function chromiumPath(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = [process.env.CHROMIUM ?? "", ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))];
  return candidates.find((path) => path !== "" && existsSync(path));
}

/** Why there is no browser to test in, for a test's name; empty where there is one. */
export const whyNot = chromiumPath() ? "" : " (skipped: no Chromium on the path; name one in the variable CHROMIUM)";

/** What makes Chromium offer WebGPU on its software renderer. */
export const WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** Start Chromium; `features` are browser features to enable beside Vulkan. */
export function launch({
  flags = WEBGPU,
  features = [],
}: {
  flags?: readonly string[];
  features?: readonly string[];
} = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: ["--no-sandbox", `--enable-features=${["Vulkan", ...features].join(",")}`, ...flags],
  });
}

/** Serve the package, sources included. */
export async function serve(): Promise<ViteDevServer> {
  const server = await createServer({
    root: fileURLToPath(new URL("../..", import.meta.url)),
    configFile: false,
    logLevel: "error",
    appType: "custom",
    optimizeDeps: { noDiscovery: true },
    server: {
      port: 0,
      hmr: false,
      ws: false,
      watch: null,
      host: "localhost",
      fs: { allow: [fileURLToPath(new URL("../../..", import.meta.url))] },
    },
  });
  return server.listen();
}

/** Stands in for Vite's script that reloads pages, which would look for a socket. */
const CLIENT = "export const injectQuery = (url) => url; export const createHotContext = () => ({});";

/** An empty page of the server. What goes wrong in it is printed. */
export async function openPage(browser: Browser, server: ViteDevServer): Promise<Page> {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(`in the page: ${error.stack ?? error.message}`));
  page.on("console", (message) => message.type() === "error" && console.error(`in the page: ${message.text()}`));
  const address = new URL("blank.html", originOf(server)).href;
  await page.route(address, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>test</title>" }));
  await page.route("**/@vite/client", (route) => route.fulfill({ contentType: "text/javascript", body: CLIENT }));
  await page.goto(address);
  return page;
}

/**
 * Call an exported function of a module of this package in a page. The module is named by its path from the package's
 * root: the tests' own transformation of `import()` must not see it.
 */
export function call<T>(page: Page, module: string, name: string, ...values: unknown[]): Promise<T> {
  return page.evaluate(`import("/${module}").then((module) => module.${name}(...${JSON.stringify(values)}))`);
}

/** The address of a server. */
export function originOf(server: ViteDevServer): string {
  const origin = server.resolvedUrls?.local[0];
  if (!origin) throw new Error("the server does not listen");
  return origin;
}
