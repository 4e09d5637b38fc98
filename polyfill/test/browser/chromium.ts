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

import { createReadStream, existsSync } from "node:fs";
import { delimiter, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { createServer, type Plugin, type ViteDevServer } from "vite";

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

/** The same, and draws its pages with it: WebGPU's canvases and the pictures of videos are there only so. */
export const WEBGPU_PAGES = [
  ...WEBGPU,
  "--use-vulkan=swiftshader",
  "--use-angle=swiftshader",
  "--ignore-gpu-blocklist",
  "--enable-gpu-rasterization",
];

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

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** Serves the files of a folder under a path, as they are. */
function asTheyAre([path, folder]: readonly [string, string]): Plugin {
  return {
    name: `files of ${folder}`,
    configureServer({ middlewares }) {
      middlewares.use(path, (request, response) => {
        const file = join(folder, decodeURIComponent(new URL(request.url ?? "", "http://any/").pathname));
        response.statusCode = existsSync(file) ? 200 : 404;
        if (response.statusCode === 404) return response.end();
        response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
        createReadStream(file).pipe(response);
      });
    },
  };
}

/** Serve the package, sources included; and the files of other folders, as they are, by the paths of the pages' addresses. */
export async function serve(folders: Readonly<Record<string, string>> = {}): Promise<ViteDevServer> {
  const server = await createServer({
    root: fileURLToPath(new URL("../..", import.meta.url)),
    configFile: false,
    logLevel: "error",
    appType: "custom",
    optimizeDeps: { noDiscovery: true },
    plugins: Object.entries(folders).map(asTheyAre),
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

/** An empty page of the server, with more in its head if need be. What goes wrong in it is printed. */
export async function openPage(browser: Browser, server: ViteDevServer, head = ""): Promise<Page> {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(`in the page: ${error.stack ?? error.message}`));
  page.on("console", (message) => message.type() === "error" && console.error(`in the page: ${message.text()}`));
  const address = new URL("blank.html", originOf(server)).href;
  await page.route(address, (route) => route.fulfill({ contentType: "text/html", body: `<!doctype html><title>test</title>${head}` }));
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
