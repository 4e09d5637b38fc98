/** The verdicts on cases and rejections. */

import { describe, expect, test } from "vitest";
import { bytesOf, type Case, type GraphDocument, type Rejection, runCase, runRejection, toBase64 } from "../../src/document/index.js";
import { FakeImplementation } from "./recording.js";

const X = { dataType: "float32", shape: [2] } as const;
const DOCUMENT: GraphDocument = {
  webnpu: 1,
  inputs: { x: X },
  operators: [{ operator: "neg", input: "x", outputs: ["v"] }],
  outputs: { y: "v" },
};

function encoded(...numbers: number[]): string {
  return toBase64(bytesOf(numbers, "float32"));
}

const CASE: Case = {
  id: "neg/float32/test",
  operator: "neg",
  type: "float32",
  about: "",
  document: DOCUMENT,
  constants: {},
  inputs: { x: encoded(1, -2) },
  outputs: { y: { bytes: encoded(-1, 2), ulp: 2, absolute: 0, zeroSign: false } },
};

async function judged(outputs: number[], change: (fake: FakeImplementation) => void = () => {}) {
  const fake = new FakeImplementation();
  fake.outputs = { y: bytesOf(outputs, "float32") };
  change(fake);
  return { fake, result: await runCase(fake, fake.context, fake.limits, CASE) };
}

describe("cases", () => {
  test("pass within the bound, and tell how far they are off", async () => {
    const { fake, result } = await judged([-1, 2 + 2 ** -22]);
    expect(result).toMatchObject({ verdict: "pass", ulp: 1, bound: 2, reason: "" });
    expect(fake.of("writeTensor")).toEqual([[Float32Array.of(1, -2)]]);
    expect(fake.destroyed).toBe(3); // two tensors and the graph
  });

  test("fail outside of it", async () => {
    expect((await judged([-1, 3])).result).toMatchObject({ verdict: "fail", reason: expect.stringContaining("got 3, expected 2 at [1]") });
  });

  test("are refused where the limits or the build say so", async () => {
    const limited = await judged([], (fake) => {
      fake.limits = { neg: { input: { dataTypes: ["int8"], rankRange: { min: 0, max: 5 } } } };
    });
    expect(limited.result).toMatchObject({
      verdict: "refused",
      required: true,
      reason: "neg: input has data type float32; supported: int8",
    });
    const refused = await judged([], (fake) => {
      fake.refusal = new DOMException("not here", "NotSupportedError");
    });
    expect(refused.result).toMatchObject({ verdict: "refused", required: false, reason: "NotSupportedError: not here" });
  });

  test("are errors where anything else is thrown", async () => {
    const { result, fake } = await judged([], (fake) => {
      fake.refusal = new DOMException("broken", "OperationError");
    });
    expect(result).toMatchObject({ verdict: "error", reason: "OperationError: broken" });
    expect(fake.destroyed).toBe(0);
    const wrong = await judged([1]);
    expect(wrong.result).toMatchObject({ verdict: "fail", ulp: null, reason: "expected 8 bytes; got 4" });
  });
});

describe("rejections", () => {
  const rejection = (constraint: string, members: object): Rejection => {
    const operator = { operator: "softmax", input: "x", axis: 7, label: "the-culprit", outputs: ["y"], ...members };
    return { id: "softmax/test", constraint, about: "", document: { ...DOCUMENT, operators: [operator], outputs: { y: "y" } } };
  };

  function found(thrown: unknown, constraint = "C1", members: object = {}): string {
    const fake = new FakeImplementation();
    if (thrown) Object.assign(fake.throws, { softmax: thrown, triangular: thrown });
    const { verdict, reason } = runRejection(fake, fake.context, rejection(constraint, members));
    expect(verdict).toBe(reason ? "fail" : "pass");
    return reason;
  }

  test("need a TypeError with the label", () => {
    expect(found(undefined)).toBe("expected C1 of softmax; the builder accepts the graph");
    expect(found(new RangeError("[the-culprit]"))).toMatch(/expected a TypeError/);
    expect(found(new TypeError("bad axis"))).toMatch(/must contain \[the-culprit\]/);
    expect(found(new TypeError("[the-culprit] bad axis"))).toBe("");
  });

  test("need the right rule where the implementation names it", () => {
    const named = (constraint: string) => Object.assign(new TypeError("[the-culprit] bad"), { constraint });
    expect(found(named("C1"))).toBe("");
    expect(found(named("C2"))).toMatch(/expected C1; got/);
  });

  test("need no label where an argument cannot be converted", () => {
    expect(found(new TypeError("not a number"), "axis", { axis: "x" })).toBe("");
  });

  test("are none where JavaScript converts anything", () => {
    const operator = { operator: "triangular", input: "x", upper: "yes", label: "the-culprit", outputs: ["y"] };
    const fake = new FakeImplementation();
    const document = { ...DOCUMENT, operators: [operator], outputs: { y: "y" } };
    expect(runRejection(fake, fake.context, { id: "", constraint: "upper", about: "", document }).verdict).toBe("pass");
    fake.throws.triangular = new TypeError("upper is not a boolean");
    expect(runRejection(fake, fake.context, { id: "", constraint: "upper", about: "", document }).verdict).toBe("fail");
  });
});
