/**
 * The package through bundlers, and what they make of it in a page, in Node.js and in Deno. They are no dependencies of the
 * polyfill: `npm run bundlers` installs them into this folder, and the tests are skipped where they are not there.
 */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, whyNot } from "../browser/chromium.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const BUNDLERS = ["esbuild", "rollup", "vite", "webpack"];
const DENO = join(HERE, "node_modules", ".bin", "deno");
const VALUES = ["0.26894", "0.73106", "0.11920", "0.88080"];
const PLAIN = { values: VALUES, backend: "plain", worker: false };
const ORIGIN = "http://localhost/";

const isInstalled = BUNDLERS.every((name) => existsSync(join(HERE, "node_modules", name)));
const isBuilt = existsSync(join(HERE, "..", "..", "dist", "index.js"));
const lacking = isInstalled
  ? isBuilt
    ? ""
    : " (skipped: the package is not built: npm run build)"
  : " (skipped: not installed: npm run bundlers)";

describe.skipIf(lacking)(`bundles${lacking}`, () => {
  let folder: string;
  let browser: Browser | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "webnpu-bundlers-"));
    await writeFile(join(folder, "package.json"), '{"type": "module"}');
    for (const bundler of BUNDLERS) execFileSync("node", [join(HERE, "bundle.mjs"), bundler, join(folder, bundler)], { timeout: 120_000 });
    browser = whyNot ? undefined : await launch();
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (program: string, ...args: string[]) => JSON.parse(execFileSync(program, args, { encoding: "utf8", timeout: 60_000 }));

  test.each(BUNDLERS)(
    "of %s compute in Node.js",
    (bundler) => {
      expect(run("node", join(folder, bundler, "app.js"))).toEqual([PLAIN]);
    },
    90_000,
  );

  test.each(BUNDLERS)(
    "of %s compute in Deno",
    (bundler) => {
      const allowed = `--allow-read=${join(folder, bundler)}`;
      const [found] = run(DENO, "run", "--no-lock", "--no-prompt", allowed, join(folder, bundler, "app.js"));
      expect({ ...found, backend: "plain" }).toEqual(PLAIN);
      expect(["plain", "webgpu"]).toContain(found.backend); // Deno has WebGPU, where the machine has a driver
    },
    90_000,
  );

  test.skipIf(whyNot).each(BUNDLERS)(
    `of %s compute in a page${whyNot}`,
    async (bundler) => {
      const page = await (browser as Browser).newPage();
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(error.message));
      await page.route(`${ORIGIN}**`, async (route) => {
        const name = basename(new URL(route.request().url()).pathname);
        if (name === "page.html")
          return route.fulfill({ contentType: "text/html", body: '<!doctype html><script type="module" src="app.js"></script>' });
        const inner = [join(folder, bundler, name), join(folder, bundler, "assets", name)].find((path) => existsSync(path));
        return inner ? route.fulfill({ contentType: "text/javascript", body: await readFile(inner) }) : route.fulfill({ status: 404 });
      });
      await page.goto(`${ORIGIN}page.html`);
      await page.waitForFunction("globalThis.answers?.length === 3", undefined, { timeout: 60_000 });
      expect(await page.evaluate("globalThis.answers")).toEqual([PLAIN, { ...PLAIN, backend: "webgpu" }, { ...PLAIN, worker: true }]);
      expect(faults).toEqual([]);
      await page.close();
    },
    90_000,
  );
});
