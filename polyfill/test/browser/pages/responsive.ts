/** What else a page can do while it computes: timers, messages and frames are counted. */

import { createML, type MLContextOptions, type MLGraph, MLGraphBuilder } from "../../../src/index.js";

/** What ran beside inferences. */
export interface Counts {
  readonly runs: number;
  readonly timers: number;
  readonly intervals: number;
  readonly messages: number;
  readonly frames: number;
}

/** Count timers, messages and frames of a page while `work` is done. */
async function beside(work: () => Promise<number>): Promise<Counts> {
  const counts = { timers: 0, intervals: 0, messages: 0, frames: 0 };
  let going = true;
  const timer = (): void => {
    if (!going) return;
    counts.timers++;
    setTimeout(timer);
  };
  const frame = (): void => {
    if (!going) return;
    counts.frames++;
    requestAnimationFrame(frame);
  };
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    counts.messages++;
    setTimeout(() => going && port2.postMessage(undefined));
  };
  setTimeout(timer);
  requestAnimationFrame(frame);
  port2.postMessage(undefined);
  const interval = setInterval(() => counts.intervals++, 10);
  const runs = await work();
  going = false;
  clearInterval(interval);
  port1.close();
  return { runs, ...counts };
}

const IMAGE = { dataType: "float32", shape: [1, 32, 96, 96] } as const;
const MATRIX = { dataType: "float32", shape: [1024, 1024] } as const;

function convolutions(builder: MLGraphBuilder): Promise<MLGraph> {
  const filter = builder.constant({ dataType: "float32", shape: [32, 32, 3, 3] }, new Float32Array(32 * 32 * 9).fill(0.01));
  let y = builder.input("x", IMAGE);
  for (let i = 0; i < 3; i++) y = builder.relu(builder.conv2d(y, filter, { padding: [1, 1, 1, 1] }));
  return builder.build({ y });
}

function products(builder: MLGraphBuilder): Promise<MLGraph> {
  const x = builder.input("x", MATRIX);
  return builder.build({ y: builder.gelu(builder.matmul(x, x)) });
}

function sequence(builder: MLGraphBuilder): Promise<MLGraph> {
  const weight = (size: number) => builder.constant({ dataType: "float32", shape: [1, 4 * size, size] }, new Float32Array(4 * size * size));
  const x = builder.reshape(builder.input("x", MATRIX), [1024, 4, 256]);
  return builder.build({ y: builder.reshape(builder.lstm(x, weight(256), weight(256), 1024, 256)[0], [4, 256]) });
}

const GRAPHS = { convolutions, products, sequence };

/** Run a graph again and again, for so long; what is read of one run starts the next, with no pause in between. */
export async function inferences(name: keyof typeof GRAPHS, options: MLContextOptions, milliseconds: number): Promise<Counts> {
  const context = await createML().createContext(options);
  const graph = await GRAPHS[name](new MLGraphBuilder(context));
  const shape = name === "convolutions" ? IMAGE.shape : MATRIX.shape;
  const x = await context.createTensor({ dataType: "float32", shape, writable: true });
  const y = await context.createTensor({
    dataType: "float32",
    shape: name === "sequence" ? [4, 256] : shape,
    readable: true,
  });
  context.writeTensor(x, new Float32Array(shape.reduce<number>((size, n) => size * n, 1)).fill(0.5));
  const counts = await beside(async () => {
    const end = performance.now() + milliseconds;
    let runs = 0;
    for (; runs === 0 || performance.now() < end; runs++) {
      context.dispatch(graph, { x }, { y });
      await context.readTensor(y);
    }
    return runs;
  });
  context.destroy();
  return counts;
}

/** Two contexts at once: neither keeps the other from giving way. */
export async function both(milliseconds: number): Promise<Counts> {
  const [counts] = await Promise.all([
    inferences("convolutions", { accelerated: false }, milliseconds),
    inferences("products", { accelerated: false }, milliseconds),
  ]);
  return counts;
}
