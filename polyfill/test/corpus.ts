/** The conformance corpus, read from the files that every implementation is tested by. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A graph, its inputs, and the outputs that it must compute; bytes are base64. */
export interface Case {
  readonly id: string;
  readonly operator: string;
  readonly type: string;
  readonly document: unknown;
  readonly constants?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, { bytes: string; ulp?: number; absolute?: number; zeroSign?: boolean }>>;
}

/** A graph whose last operator must be rejected, and by which rule. */
export interface Rejection {
  readonly id: string;
  readonly constraint: string;
  readonly document: unknown;
}

const CORPUS = fileURLToPath(new URL("../../tests/conformance/", import.meta.url));

function read<T>(folder: string, name: string): readonly T[] {
  return JSON.parse(readFileSync(`${folder}${name}`, "utf8")).cases;
}

/** The corpus file by file: its name without the ending, and what it holds. */
function files<T>(kind: string): Map<string, readonly T[]> {
  const folder = `${CORPUS}${kind}/`;
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return new Map(names.sort().map((name) => [name.replace(".json", ""), read<T>(folder, name)]));
}

export function loadCases(): Map<string, readonly Case[]> {
  return files<Case>("cases");
}

export function loadRejections(): Map<string, readonly Rejection[]> {
  return files<Rejection>("validation");
}

/** The bytes of a case's constants. */
export function constantsOf({ constants = {} }: Case): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(constants).map(([name, text]) => [name, Uint8Array.from(Buffer.from(text, "base64"))]));
}
