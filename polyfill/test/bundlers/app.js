// A page's program: y = softmax(x W), by the package as a bundler finds it; in a page also on WebGPU, and in a worker.
import { createML, MLGraphBuilder } from "webnpu";

async function answer(options) {
  const context = await createML().createContext(options);
  const builder = new MLGraphBuilder(context);
  const square = { dataType: "float32", shape: [2, 2] };
  const weights = builder.constant(square, new Float32Array([1, 2, 3, 5]));
  const graph = await builder.build({ y: builder.softmax(builder.matmul(builder.input("x", square), weights), 1) });
  const x = await context.createTensor({ ...square, writable: true });
  const y = await context.createTensor({ ...square, readable: true });
  context.writeTensor(x, new Float32Array([1, 0, 0, 1]));
  context.dispatch(graph, { x }, { y });
  const values = [...new Float32Array(await context.readTensor(y))].map((value) => value.toFixed(5));
  const { backend, notes } = await context.explain(graph);
  context.destroy();
  return { values, backend, worker: notes.includes("computed in a worker") };
}

const everywhere = globalThis.document ? [{ accelerated: false }, { accelerated: true }, { accelerated: false, worker: true }] : [{}];
globalThis.answers = [];
for (const options of everywhere) globalThis.answers.push(await answer(options));
if (!globalThis.document) console.log(JSON.stringify(globalThis.answers));
