// Hostile calls of the builder: reads the numbers of inputs, a line each, and answers each with a line of JSON.
// Whatever is called ends well, in a TypeError, or in a DOMException; a graph that is built gives numbers of the right count.

import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { createML, MLGraphBuilder } = await import(pathToFileURL(process.argv[2]).href);
const context = await createML().createContext();
const METHODS = Object.keys(context.opSupportLimits()).filter((name) => typeof MLGraphBuilder.prototype[name] === "function");
const TYPES = ["float32", "float32", "float32", "float16", "int32", "uint8", "int64"];
const SHAPES = [[2, 3], [3], [1, 2, 4, 4], [2, 2, 3, 3], [], [4, 2, 3], [1, 8, 3]];
const OPTIONS = "axes axis padding strides dilations groups bias scale epsilon layout inputLayout filterLayout keepDimensions alpha beta min max".split(" ")
  .concat("minValue maxValue permutation mode value sizes scales outputSizes roundingType windowDimensions label direction activations hiddenSize".split(" "));

/** Numbers from 0 to below 1, the same in every run (mulberry32). */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const HOSTILE = [undefined, null, true, NaN, Infinity, -0, -1, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, 0n, 2n ** 64n, "", "x", "\ud800", "__proto__",
  "float32", "int4", Symbol("s"), () => 1, [], [[]], [-1], [2 ** 32], Array(9).fill(1), {}, { shape: [1] }, new Float32Array(6), new ArrayBuffer(3),
  new Date(), /x/, new Proxy({}, {}), { valueOf: null }, { get shape() { throw new Error("from the page"); } }];

async function attempt(number) {
  const next = random(number);
  const pick = (values) => values[Math.floor(next() * values.length)];
  const builder = new MLGraphBuilder(context);
  const operands = [0, 1, 2, 3].map((i) => builder.input(`x${i}`, { dataType: pick(TYPES), shape: pick(SHAPES) }));
  const value = () => {
    const kind = Math.floor(next() * 8);
    if (kind < 4) return pick(operands);
    if (kind === 4) return Array.from({ length: Math.floor(next() * 5) }, () => pick([0, 1, 2, 3, -1, 2 ** 31, 1.5]));
    if (kind === 5) return pick([0, 1, 2, 3, 0.5, "float32", "int8", "nhwc", "both", [1, 2], [2, 3]]);
    if (kind === 6) return Object.fromEntries(Array.from({ length: 2 }, () => [pick(OPTIONS), pick([...HOSTILE, [1, 1], [0], 1, 2, operands[0]])]));
    return pick(HOSTILE);
  };
  let right = 0;
  const tried = async (what, steps) => {
    try {
      return await steps();
    } catch (error) {
      const fine = error instanceof TypeError || error instanceof DOMException || (error instanceof Error && error.message === "from the page");
      if (!fine) throw new Error(`${what}: ${error?.name}: ${error?.message}`);
    }
  };
  for (let call = 0; call < 1 + Math.floor(next() * 5); call++) {
    const name = pick(METHODS);
    const values = Array.from({ length: 1 + Math.floor(next() * 4) }, value);
    const made = await tried(name, () => builder[name](...values));
    if (made !== undefined) {
      right++;
      operands.push(...(Array.isArray(made) ? made : [made]).filter((operand) => operand && operand.shape));
    }
  }
  await tried("constant", () => builder.constant(value(), value()));
  const small = operands.every((operand) => operand.shape.reduce((product, size) => product * size, 1) < 2 ** 12);
  if (small && right) {
    const graph = await tried("build", () => builder.build({ y: operands[operands.length - 1] }));
    graph?.destroy();
  } else {
    await tried("build", () => builder.build(value()));
  }
  return right ? "right" : "refused";
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = { outcome: await attempt(Number(line)) };
  } catch (error) {
    answer = { finding: String(error?.stack ?? error).slice(0, 300) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
