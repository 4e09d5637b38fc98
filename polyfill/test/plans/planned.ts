/** Plans of graph documents, for the test that compares them with Python's: `planned.ts QUESTIONS`, a file of one JSON a line. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { graphFromDocument } from "../../src/core/document.js";
import { lower } from "../../src/webgpu/lowering/index.js";
import type { Limits, Plan } from "../../src/webgpu/plan.js";

/** A graph, and what the device that is to run it allows. */
interface Question {
  readonly document: unknown;
  /** The bytes of the constants in base64. */
  readonly constants: Readonly<Record<string, string>>;
  readonly limits: Limits;
}

/** The plan, and digests of its constants' words; or why there is none. */
type Answer = { readonly plan: Plan; readonly constants: Readonly<Record<string, string>> } | { readonly refusal: string };

function planned({ document, constants, limits }: Question): Answer {
  const bytes = Object.entries(constants).map(([name, data]) => [name, Uint8Array.from(Buffer.from(data, "base64"))] as const);
  const graph = graphFromDocument(document, Object.fromEntries(bytes));
  try {
    const lowered = lower(graph, limits);
    const digests = [...lowered.constants].map(([name, words]) => [name, createHash("sha256").update(words).digest("hex")]);
    return { plan: lowered.plan, constants: Object.fromEntries(digests) };
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError") return { refusal: error.message };
    throw error;
  }
}

const lines = readFileSync(process.argv[2], "utf8").split("\n");
process.stdout.write(JSON.stringify(lines.map((line) => planned(JSON.parse(line)))));
