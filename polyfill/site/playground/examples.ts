/** What the playground begins with. */

/** Something to start from: JavaScript, or a graph document. */
export interface Example {
  readonly title: string;
  readonly text: string;
}

const PREAMBLE = `const context = await navigator.ml.createContext();
const builder = new MLGraphBuilder(context);
`;

/** Programs in JavaScript. They are what any page would write; \`run\` and \`show\` save them the tensors. */
export const PROGRAMS: readonly Example[] = [
  {
    title: "Two layers",
    text: `// Two fully connected layers with random weights.
${PREAMBLE}
const weights = (rows, columns) =>
  builder.constant(
    { dataType: "float32", shape: [rows, columns] },
    Float32Array.from({ length: rows * columns }, () => Math.random() - 0.5),
  );

const x = builder.input("x", { dataType: "float32", shape: [1, 32] });
const hidden = builder.relu(builder.matmul(x, weights(32, 64), { label: "first" }));
const logits = builder.matmul(hidden, weights(64, 10), { label: "second" });
const graph = await builder.build({ probabilities: builder.softmax(logits, 1) });

// run() makes the tensors, dispatches the graph, and shows what comes out.
await run(context, graph, { x: Float32Array.from({ length: 32 }, (_, i) => Math.sin(i)) });
`,
  },
  {
    title: "Edges of an image",
    text: `// Sobel's two filters in one convolution, and the length of the gradient.
${PREAMBLE}
const size = 96;
const image = builder.input("image", { dataType: "float32", shape: [1, 1, size, size] });
const sobel = builder.constant(
  { dataType: "float32", shape: [2, 1, 3, 3] },
  Float32Array.of(-1, 0, 1, -2, 0, 2, -1, 0, 1, -1, -2, -1, 0, 0, 0, 1, 2, 1),
);
const smooth = builder.averagePool2d(image, { windowDimensions: [3, 3], padding: [1, 1, 1, 1] });
const gradient = builder.conv2d(smooth, sobel, { padding: [1, 1, 1, 1], label: "sobel" });
const edges = builder.reduceL2(gradient, { axes: [1], keepDimensions: true });
const graph = await builder.build({ edges });

const pixels = new Float32Array(size * size);
for (let y = 0; y < size; y++) {
  for (let x = 0; x < size; x++) {
    const ring = Math.abs(Math.hypot(x - 40, y - 48) - 24) < 7;
    const stripe = (x + 2 * y) % 46 < 9 && x > 58;
    pixels[y * size + x] = ring || stripe ? 1 : 0.1;
  }
}
show("image", pixels, [1, 1, size, size]);
await run(context, graph, { image: pixels });
`,
  },
  {
    title: "Attention",
    text: `// One head of attention: where each of eight words looks.
${PREAMBLE}
const words = 8;
const width = 16;
const descriptor = { dataType: "float32", shape: [words, width] };
const query = builder.input("query", descriptor);
const key = builder.input("key", descriptor);
const value = builder.input("value", descriptor);

const scores = builder.matmul(query, builder.transpose(key));
const scaled = builder.mul(scores, builder.constant("float32", 1 / Math.sqrt(width)));
const causal = builder.triangular(builder.constant(
  { dataType: "float32", shape: [words, words] },
  new Float32Array(words * words).fill(-1e9),
), { upper: true, diagonal: 1 });
const attention = builder.softmax(builder.add(scaled, causal), 1);
const graph = await builder.build({ attention, mixed: builder.matmul(attention, value) });

const random = () => Float32Array.from({ length: words * width }, () => 2 * Math.random() - 1);
await run(context, graph, { query: random(), key: random(), value: random() });
`,
  },
  {
    title: "A recurrent net",
    text: `// An LSTM with random weights listens to a wave, step by step.
${PREAMBLE}
const [steps, batch, size, hidden] = [64, 1, 2, 8];
const random = (shape) =>
  builder.constant(
    { dataType: "float32", shape },
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => Math.random() - 0.5),
  );

const wave = builder.input("wave", { dataType: "float32", shape: [steps, batch, size] });
const [last, cell, all] = builder.lstm(wave, random([1, 4 * hidden, size]), random([1, 4 * hidden, hidden]), steps, hidden, {
  bias: random([1, 4 * hidden]),
  returnSequence: true,
});
const first = builder.slice(all, [0, 0, 0, 0], [steps, 1, 1, 1]);
const graph = await builder.build({ unit: builder.reshape(first, [steps]), last });

await run(context, graph, {
  wave: Float32Array.from({ length: steps * size }, (_, i) => Math.sin(i / 5) * (1 + (i % 2))),
});
`,
  },
  {
    title: "Integers without loss",
    text: `// 64-bit integers are exact, also where the device has none.
${PREAMBLE}
const descriptor = { dataType: "int64", shape: [4] };
const a = builder.input("a", descriptor);
const b = builder.input("b", descriptor);
const graph = await builder.build({
  product: builder.mul(a, b),
  larger: builder.greater(a, b),
  sum: builder.reduceSum(builder.add(a, b)),
});

await run(context, graph, {
  a: BigInt64Array.of(3037000499n, -7n, 9007199254740993n, 1n),
  b: BigInt64Array.of(3037000499n, 6n, 1023n, -1n),
});
`,
  },
  {
    title: "Tensors by hand",
    text: `// The same without run(): what any page would write.
${PREAMBLE}
const descriptor = { dataType: "float32", shape: [2, 3] };
const x = builder.input("x", descriptor);
const graph = await builder.build({ y: builder.gelu(x) });

const input = await context.createTensor({ ...descriptor, writable: true });
const output = await context.createTensor({ ...descriptor, readable: true });
context.writeTensor(input, Float32Array.of(-3, -2, -1, 0, 1, 2));
context.dispatch(graph, { x: input }, { y: output });
show("y", new Float32Array(await context.readTensor(output)), [2, 3]);
`,
  },
];

/** Graph documents; their inputs and constants are made up. */
export const DOCUMENTS: readonly Example[] = [
  {
    title: "A document",
    text: `{
  "webnpu": 1,
  "inputs": {
    "x": { "dataType": "float32", "shape": [1, 8, 16, 16] }
  },
  "constants": {
    "filter": { "dataType": "float32", "shape": [8, 8, 3, 3] },
    "bias": { "dataType": "float32", "shape": [8] }
  },
  "operators": [
    { "operator": "conv2d", "input": "x", "filter": "filter", "bias": "bias",
      "padding": [1, 1, 1, 1], "outputs": ["convolved"] },
    { "operator": "relu", "input": "convolved", "outputs": ["active"] },
    { "operator": "add", "a": "active", "b": "x", "label": "residual", "outputs": ["sum"] },
    { "operator": "averagePool2d", "input": "sum", "outputs": ["pooled"] },
    { "operator": "reshape", "input": "pooled", "newShape": [1, 8], "outputs": ["flat"] },
    { "operator": "softmax", "input": "flat", "axis": 1, "outputs": ["shares"] }
  ],
  "outputs": { "shares": "shares", "features": "sum" }
}
`,
  },
];
