/**
 * The corpus on the plain backend in Chromium, Firefox and WebKitGTK. A sample of it; all of it with `npm run engines`.
 *
 * Browsers need no driver for it: each is started with the address of a page, which posts its report.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Rollup } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath } from "./chromium.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CORPUS = fileURLToPath(new URL("../../../tests/conformance", import.meta.url));
/** Each so many cases is run. */
const EVERY = process.env.WEBNPU_ENGINES === "all" ? 1 : 25;

interface Report {
  readonly counts: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
  readonly timers: number;
  readonly agent: string;
}

function onPath(...names: string[]): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

/** WebKitGTK's own browser, which is not on the path. */
function miniBrowser(): string | undefined {
  const roots = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/libexec"];
  const versions = ["webkitgtk-6.0", "webkit2gtk-4.1", "webkit2gtk-4.0"];
  return roots.flatMap((root) => versions.map((version) => join(root, version, "MiniBrowser"))).find(existsSync);
}

const [firefox, webkit, xvfb] = [process.env.FIREFOX ?? onPath("firefox-esr", "firefox"), miniBrowser(), onPath("xvfb-run")];

/** How each browser is started on an address, with a profile of its own; undefined where it is not there. */
const ENGINES: readonly [name: string, missing: string, command: ((profile: string, address: string) => string[]) | undefined][] = [
  [
    "Chromium",
    "no Chromium on the path",
    chromiumPath()
      ? (profile, address) => [
          chromiumPath() as string,
          "--headless",
          "--no-sandbox",
          "--no-first-run",
          `--user-data-dir=${profile}`,
          address,
        ]
      : undefined,
  ],
  [
    "Firefox",
    "no firefox-esr or firefox on the path",
    firefox ? (profile, address) => [firefox, "--headless", "--no-remote", "--profile", profile, address] : undefined,
  ],
  [
    "WebKitGTK",
    "no MiniBrowser of webkit2gtk, or no xvfb-run",
    webkit && xvfb ? (_profile, address) => [xvfb, "-a", webkit, "--private", address] : undefined,
  ],
];

describe("the corpus on the plain backend", () => {
  let server: Server;
  let arrived: (report: Report) => void = () => undefined;
  let names: { cases: string[]; validation: string[] };

  beforeAll(async () => {
    const lib = { entry: join(ROOT, "test/browser/pages/corpus.ts"), formats: ["es" as const], fileName: "page" };
    const rollupOptions = { output: { inlineDynamicImports: true } };
    const built = await build({ configFile: false, logLevel: "warn", root: ROOT, build: { lib, write: false, rollupOptions } });
    const script = (built as Rollup.RollupOutput[])[0].output[0].code;
    const filesOf = async (kind: string) => (await readdir(join(CORPUS, kind))).filter((name) => name.endsWith(".json")).sort();
    names = { cases: await filesOf("cases"), validation: await filesOf("validation") };
    const answer = async (path: string): Promise<readonly [type: string, body: string]> => {
      if (path === "/") return ["text/html", `<!doctype html><script type="module" src="/page.js"></script>`];
      if (path === "/page.js") return ["text/javascript", script];
      if (path === "/corpus/names") return ["application/json", JSON.stringify(names)];
      return ["application/json", await readFile(join(CORPUS, path.replace("/corpus/", "")), "utf8")];
    };
    server = createServer(async (request, response) => {
      const { pathname } = new URL(request.url ?? "/", "http://localhost");
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      if (request.method === "POST") arrived(JSON.parse(Buffer.concat(parts).toString()));
      const [type, body] = request.method === "POST" ? ["text/plain", ""] : await answer(pathname).catch(() => ["text/plain", ""] as const);
      response.writeHead(200, { "content-type": type }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  }, 120_000);

  afterAll(() => {
    server?.close();
    server?.closeAllConnections();
  });

  describe.each(ENGINES)("%s", (name, missing, command) => {
    test.skipIf(!command)(
      `passes${command ? "" : ` (skipped: ${missing})`}`,
      async () => {
        const profile = await mkdtemp(join(tmpdir(), "webnpu-engine-"));
        const { port } = server.address() as AddressInfo;
        const [program, ...options] = command?.(profile, `http://localhost:${port}/?every=${EVERY}`) ?? [];
        let browser: ChildProcess | undefined;
        try {
          const report = await new Promise<Report>((resolve, reject) => {
            arrived = resolve;
            browser = spawn(program, options, { stdio: "ignore", detached: true, env: { ...process.env, HOME: profile } });
            browser.once("error", reject);
            browser.once("exit", (code) => reject(new Error(`${name} ended with ${code} before it had reported`)));
          });
          console.log(`${report.agent}: ${JSON.stringify(report.counts)}`);
          expect(report.problems).toEqual([]);
          expect(report.counts.pass).toBeGreaterThan(5000 / EVERY - 100 / EVERY);
          expect(report.timers).toBeGreaterThan(3);
        } finally {
          if (browser?.pid) process.kill(-browser.pid, "SIGKILL"); // with the processes that it started
          await rm(profile, { recursive: true, force: true, maxRetries: 5 });
        }
      },
      900_000,
    );
  });
});
