/**
 * What the tests of clients share. The clients are large, so they are no dependencies of the polyfill:
 * `tools/provision.sh clients` installs them into this folder, and the tests are skipped where they are not there.
 */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import type { ViteDevServer } from "vite";
import { expect } from "vitest";
import { launch, openPage, serve, whyNot } from "../browser/chromium.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const PACKAGES = join(HERE, "node_modules");
const PYTHON = process.env.PYTHON ?? fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));

/** How long a test may take, in milliseconds: each starts a runtime of tens of megabytes. */
export const PATIENCE = 300_000;

/** A tensor as the models' files have it: its elements are in base64. */
export interface Stored {
  readonly type: "float32" | "int64" | "int32";
  readonly dims: readonly number[];
  readonly data: string;
}

/** The inputs of a model, and what another runtime computed from them. */
export interface Example {
  readonly inputs: Readonly<Record<string, Stored>>;
  readonly outputs: Readonly<Record<string, Stored>>;
}

/** Why a client cannot be tested here, for a test's name; empty where it can. */
export function missing(client: string): string {
  if (whyNot) return whyNot;
  if (!existsSync(join(PACKAGES, client))) return ` (skipped: ${client} is not installed: tools/provision.sh clients)`;
  return existsSync(PYTHON) ? "" : " (skipped: no Python with webnpu and onnxruntime to make the models; set PYTHON)";
}

/** A browser, and a server that has the clients under /packages/ and the models under /models/. */
export class Surroundings {
  private constructor(
    readonly server: ViteDevServer,
    readonly browser: Browser,
    readonly folder: string,
  ) {}

  static async make(): Promise<Surroundings> {
    const folder = await mkdtemp(join(tmpdir(), "webnpu-models-"));
    execFileSync(PYTHON, [join(HERE, "models.py"), folder]);
    const server = await serve({ "/packages/": PACKAGES, "/models/": folder });
    return new Surroundings(server, await launch(), folder);
  }

  /** An empty page, in which some modules can be imported by their bare names. */
  open(imports: Readonly<Record<string, string>> = {}): Promise<Page> {
    return openPage(this.browser, this.server, `<script type="importmap">${JSON.stringify({ imports })}</script>`);
  }

  async example(name: string): Promise<Example> {
    return JSON.parse(await readFile(join(this.folder, `${name}.json`), "utf8"));
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const ARRAYS = { float32: Float32Array, int64: BigInt64Array, int32: Int32Array };

/** Expect numbers within a bound, relative to one more than each. */
export function expectClose(found: readonly number[], { type, data }: Stored, bound = 2e-5): void {
  const expected = Array.from(new ARRAYS[type](new Uint8Array(Buffer.from(data, "base64")).buffer), Number);
  expect(found).toHaveLength(expected.length);
  const off = found.map((value, index) => Math.abs(value - expected[index]) / (1 + Math.abs(expected[index])));
  expect(Math.max(...off)).toBeLessThan(bound);
}
