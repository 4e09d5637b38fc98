/** What the builder must reject, through the public methods: the corpus, and web-platform-tests' calls where they are. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createML, MLGraphBuilder } from "../../src/api/index.js";
import { OperatorError } from "../../src/core/errors.js";
import { addDocument, type Call, type GraphDocument, type Implementation, OperatorFailure, replay } from "../../src/document/index.js";
import { loadRejections, type Rejection } from "../corpus.js";
import { fakeContext } from "./fake.js";

/** Rejections of documents alone: what WebIDL makes of these values is valid. */
const CONVERTED = [
  /-not-a-boolean$/, // any value is a boolean
  /^(clamp|pad)\/\w+-not-a-number$/, // any value is an MLNumber, NaN if need be
  /^cumulativeSum\/axis-(absent|above-range|not-a-number)$/, // modulo 2^32, and 0 if need be
];

function rejectionsOf(rejections: readonly Rejection[]): (readonly [string, Rejection])[] {
  const kept = rejections.filter(({ id }) => !CONVERTED.some((pattern) => pattern.test(id)));
  return kept.map((rejection) => [rejection.id, rejection] as const);
}

describe.each([...loadRejections()])("the corpus: %s", (operator, rejections) => {
  test.each(rejectionsOf(rejections))("%s", (_id, { constraint, document }) => {
    const builder = new MLGraphBuilder(fakeContext().context);
    let failure: unknown;
    try {
      addDocument(builder as never, document as GraphDocument, {});
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(OperatorFailure);
    const { thrown } = failure as OperatorFailure;
    const { constructor: kind, message, cause } = thrown as TypeError;
    expect(kind).toBe(TypeError);
    // arguments are converted before the label is read
    if (cause instanceof OperatorError) expect(message).toContain(`${operator} [the-culprit]`);
    else expect(message).toMatch(new RegExp(`${operator}.*(${constraint}|arguments? required)`));
  });
});

interface ExpectedCall extends Call {
  readonly messageContainsLabel?: boolean;
  readonly expect?: readonly { readonly dataType: string; readonly shape: readonly number[] }[];
}

interface Subtest {
  readonly name: string;
  readonly variant: string;
  readonly calls: readonly ExpectedCall[];
}

const FOLDER = fileURLToPath(new URL("../../../../shared/wpt/validation", import.meta.url));

function read(name: string): readonly Subtest[] {
  return JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8"));
}

function labelOf(call: Call): string {
  const options = call.args.at(-1);
  return typeof options === "object" && options !== null && "label" in options ? String(options.label) : "";
}

interface OperandStandIn {
  readonly $operand?: { readonly shape: readonly number[] };
}

/** Why the data are wrong about a call by the text of today, or "" (see `webnpu/conformance/disputes.toml`). */
function disputeOf({ op, args }: Call): string {
  if (op === "softmax" && typeof args[1] !== "number") return "softmax without an axis was removed";
  if (op !== "quantizeLinear" && op !== "dequantizeLinear") return "";
  const [input, scale] = args.map((argument) => (argument as OperandStandIn).$operand?.shape.length);
  return input === scale ? "" : "the scale must have the rank of the input";
}

describe.skipIf(!existsSync(FOLDER))("web-platform-tests (skipped where their calls are not beside the repository)", () => {
  const names = existsSync(FOLDER) ? readdirSync(FOLDER) : [];
  const files = names.map((name) => [name, read(name)] as const).filter(([, subtests]) => subtests.length > 0);
  const implementation = { ml: createML(), MLGraphBuilder } as unknown as Implementation;

  describe.each(files)("%s", (_file, subtests) => {
    test.each(subtests.map((subtest) => [`${subtest.variant} ${subtest.name}`, subtest] as const))("%s", async (_name, subtest) => {
      const outcomes = await replay(implementation, fakeContext().context as never, subtest.calls);
      subtest.calls.forEach((call, index) => {
        if (!call.throws && disputeOf(call)) return;
        const { thrown, outputs } = outcomes[index];
        expect(thrown?.name, `${call.op}: ${thrown?.message}`).toBe(call.throws);
        if (call.messageContainsLabel) expect(thrown?.message).toContain(`[${labelOf(call)}]`);
        if (call.expect) expect(outputs).toEqual(call.expect);
      });
    });
  });
});
