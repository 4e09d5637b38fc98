/** What is built is recorded as a document that builds the same again. */

import { expect, test } from "vitest";
import { type Recorded, recording } from "../../site/shared/recorder.js";
import { addDocument, type MLGraphBuilder } from "../../src/document/index.js";
import type { MLOperatorMethods } from "../../src/generated/types.js";
import { FakeImplementation } from "../document/recording.js";

const X = { dataType: "float32", shape: [2] } as const;

async function recorded(build: (b: MLGraphBuilder & MLOperatorMethods) => Promise<unknown>): Promise<Recorded> {
  const fake = new FakeImplementation();
  let found: Recorded | undefined;
  const Builder = recording(fake.MLGraphBuilder, (built) => {
    found = built;
  });
  await build(new Builder(fake.context) as MLGraphBuilder & MLOperatorMethods);
  if (!found) throw new Error("nothing was built");
  return found;
}

test("operands, options and numbers stand in the document under WebNN's names", async () => {
  const { document, descriptors } = await recorded((b) => {
    const x = b.input("x", X);
    const c = b.constant(X, Float32Array.of(1, 2));
    const clamped = b.clamp(b.add(x, c), { minValue: -Infinity, maxValue: 2n ** 60n, label: "bounded" });
    return b.build({ y: b.concat([clamped, x], 0) });
  });
  expect(document).toEqual({
    webnpu: 1,
    inputs: { x: X },
    constants: { c0: X },
    operators: [
      { operator: "add", a: "x", b: "c0", outputs: ["v1"] },
      { operator: "clamp", input: "v1", minValue: "-Infinity", maxValue: "1152921504606846976", label: "bounded", outputs: ["v2"] },
      { operator: "concat", inputs: ["v2", "x"], axis: 0, outputs: ["v3"] },
    ],
    outputs: { y: "v3" },
  });
  expect(Object.keys(descriptors)).toEqual(["x", "c0", "v1", "v2", "v3"]);
});

test("a document that was recorded makes the same calls again", async () => {
  const { document } = await recorded((b) => {
    const [first, second] = b.split(b.input("x", X), 2, { axis: 0 });
    return b.build({ y: b.sub(first, second) });
  });
  const fake = new FakeImplementation();
  addDocument(new fake.MLGraphBuilder(fake.context), document, {});
  expect(fake.calls.map(({ method }) => method)).toEqual(["input", "split", "sub"]);
  expect(fake.of("split")[0].slice(1)).toEqual([2, { axis: 0 }]);
});

test("what the builder throws goes through", async () => {
  const fake = new FakeImplementation();
  fake.throws.relu = new TypeError("no");
  const builder = new (recording(fake.MLGraphBuilder, () => {}))(fake.context) as MLGraphBuilder & MLOperatorMethods;
  expect(() => builder.relu(builder.input("x", X))).toThrow("no");
});
