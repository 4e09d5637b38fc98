/** Plans from files that are not trusted: both loaders refuse the same ones, in the same words. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { graphFromDocument } from "../../src/core/document.js";
import { GraphFileError } from "../../src/core/errors.js";
import { parseExported } from "../../src/webgpu/exported.js";
import { lower } from "../../src/webgpu/lowering/index.js";
import { constantsOf, loadCases } from "../corpus.js";
import { exported } from "./exporting.js";

interface Change {
  readonly at: readonly (string | number)[];
  readonly put?: unknown;
  readonly add?: unknown;
  readonly times?: number;
  readonly number?: readonly [group: string, name: string];
}

interface Hostile {
  readonly bases: Readonly<Record<string, string>>;
  readonly plans: readonly { what: string; base: string; changes: readonly Change[]; message: string }[];
}

const HOSTILE: Hostile = JSON.parse(readFileSync(new URL("../../../tests/backends/webgpu/hostile_plans.json", import.meta.url), "utf8"));
const CASES = new Map([...loadCases().values()].flat().map((item) => [item.id, item]));

/** The file of a base, changed. */
function fileOf(base: string, changes: readonly Change[] = []): Uint8Array {
  const item = CASES.get(HOSTILE.bases[base]);
  if (!item) throw new Error(`there is no case ${HOSTILE.bases[base]}`);
  const graph = graphFromDocument(item.document, constantsOf(item));
  const describe = (operands: typeof graph.inputs) => new Map([...operands].map(([name, { descriptor }]) => [name, descriptor]));
  return exported(lower(graph), describe(graph.inputs), describe(graph.outputs), (document) => {
    for (const change of changes) apply(document, change);
  });
}

// biome-ignore lint/suspicious/noExplicitAny: a document that is made wrong on purpose
function apply(document: any, { at, put, add, times, number }: Change): void {
  const target = at.slice(0, -1).reduce((inner, name) => inner[name], document);
  const last = at.at(-1) as string;
  if (put !== undefined) target[last] = repeated(put);
  else if (add !== undefined) target[last].push(add);
  else if (times !== undefined) target[last] = numbered(target[last][0], times, number);
  else if (Array.isArray(target)) target.splice(Number(last), 1);
  else delete target[last];
}

function repeated(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("repeat" in value)) return value;
  const { repeat: one, times } = value as unknown as { repeat: unknown; times: number };
  if (typeof one === "string") return one.repeat(times);
  return Array.from({ length: times }, () => (Array.isArray(one) ? one[0] : one));
}

function numbered(one: Record<string, object>, times: number, number: Change["number"]): unknown[] {
  if (!number) return Array(times).fill(one);
  const [group, name] = number;
  return Array.from({ length: times }, (_, n) => ({ ...one, [group]: { ...one[group], [name]: n } }));
}

function said(file: Uint8Array, allowed = {}): string {
  try {
    parseExported(file, allowed);
    return "nothing";
  } catch (error) {
    if (!(error instanceof GraphFileError)) throw error;
    return error.message.replace("the file is damaged: ", "");
  }
}

describe("plans from files", () => {
  test.each(HOSTILE.plans)("$what", ({ base, changes, message }) => {
    expect(said(fileOf(base, changes))).toBe(message);
  });

  test.each(Object.keys(HOSTILE.bases))("unchanged, they are read: %s", (base) => {
    expect(said(fileOf(base))).toBe("nothing");
  });

  test("may take as much as the caller says", () => {
    expect(said(fileOf("gemm"), { memory: 100 })).toBe(
      "the plan takes more memory than the 100 bytes that it may: the option memory allows more",
    );
    expect(said(fileOf("gemm"), { work: 10 })).toMatch(/more work than the 10 operations that it may: the option work allows more$/);
    for (const allowed of [{ memory: "4G" }, { work: -1 }, { memory: Number.NaN }, { work: true }]) {
      expect(() => parseExported(fileOf("gemm"), allowed as never)).toThrow(TypeError);
      expect(() => parseExported(fileOf("gemm"), allowed as never)).toThrow(/expected a number from 0 on/);
    }
  });
});
