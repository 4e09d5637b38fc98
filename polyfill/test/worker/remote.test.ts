/** A backend in a worker is what it is on the page: the same results, errors, and order; here both ends are in one process. */

import { afterEach, describe, expect, test } from "vitest";
import type { Backend, DeviceTensor } from "../../src/core/backend.js";
import { graphFromDocument, graphToDocument } from "../../src/core/document.js";
import { Unsupported } from "../../src/core/errors.js";
import { createPlainBackend } from "../../src/plain/index.js";
import { errorOf, faultOf, graphFrom, graphMessage, type Opening } from "../../src/worker/messages.js";
import { openRemote } from "../../src/worker/remote.js";
import { open } from "../../src/worker/serve.js";
import { constantsOf, loadCases } from "../corpus.js";
import { bytesOf, graphOf, run } from "../plain/graphs.js";

const USAGE = { readable: true, writable: true, exportable: false };
const SCALAR = { dataType: "float32", shape: [1] } as const;
const WANTED = { powerPreference: "default", accelerated: false } as const;

/** What a page sees of a worker. */
class StandIn extends EventTarget {
  terminated = false;

  constructor(private readonly works: boolean) {
    super();
  }

  postMessage(message: Opening, ports: MessagePort[]): void {
    if (this.works) void open(structuredClone(message), ports[0]);
    else queueMicrotask(() => this.dispatchEvent(new Event("error")));
  }

  terminate(): void {
    this.terminated = true;
  }
}

const opened: Backend[] = [];

async function remote(worker = new StandIn(true)): Promise<Backend> {
  const backend = await openRemote({ worker: worker as unknown as Worker, own: true }, WANTED);
  opened.push(backend);
  return backend;
}

afterEach(() => {
  for (const backend of opened.splice(0)) backend.destroy(); // an open port keeps the process alive
});

const number = async (tensor: DeviceTensor): Promise<number> => new Float32Array((await tensor.read()).slice().buffer)[0];
const failure = (work: Promise<unknown>): Promise<unknown> => work.catch((error: Error) => [error.constructor, error.name, error.message]);

describe("messages", () => {
  test.each([...loadCases()])("graphs of %s arrive as they were", (_, cases) => {
    for (const item of cases) {
      const graph = graphFromDocument(item.document, constantsOf(item));
      const arrived = graphFrom(structuredClone(graphMessage(graph)));
      expect(graphToDocument(arrived)).toEqual(graphToDocument(graph));
      expect(arrived.constants.map(({ bytes }) => bytes)).toEqual(graph.constants.map(({ bytes }) => bytes));
    }
  });

  test("errors keep their kinds and words", () => {
    const errors = [new TypeError("a"), new RangeError("b"), new Error("c"), new DOMException("d", "OperationError")];
    for (const error of errors) {
      const arrived = errorOf(structuredClone(faultOf(error)));
      expect([arrived.constructor, arrived.name, arrived.message]).toEqual([error.constructor, error.name, error.message]);
    }
    const refused = errorOf(faultOf(new Unsupported({ name: "cast", label: "x" }, "why")));
    expect([refused.name, refused.message]).toEqual(["NotSupportedError", "cast [x] is refused: why"]);
  });
});

test("cases of every operator give the same bytes", async () => {
  const [near, far] = [createPlainBackend(), await remote()];
  for (const cases of loadCases().values()) {
    const item = cases[cases.length >> 1];
    const graph = graphFromDocument(item.document, constantsOf(item));
    const given = Object.entries(item.inputs ?? {}).map(([name, text]) => [name, Uint8Array.from(Buffer.from(text, "base64"))]);
    const [expected, found] = await Promise.all([near, far].map((backend) => run(backend, graph, Object.fromEntries(given))));
    expect(found, item.id).toEqual(expected);
  }
});

test("what it is, and its receipts", async () => {
  const [near, far] = [createPlainBackend(), await remote()];
  expect([far.name, far.accelerated, far.devices]).toEqual([near.name, near.accelerated, near.devices]);
  expect(far.supportLimits()).toEqual(near.supportLimits());
  const program = await far.compile(graphOf([SCALAR], (b, [x]) => [b.op("neg", { input: x, label: "turned" })]));
  const report = await program.explain();
  expect(report.operators).toMatchObject([{ operator: "neg", label: "turned", by: "plain" }]);
  expect(report.notes).toContain("computed in a worker");
});

test("calls take effect in their order, and the caller may reuse its memory", async () => {
  const backend = await remote();
  const program = await backend.compile(graphOf([SCALAR], (b, [x]) => [b.op("add", { a: x, b: x })]));
  const [x, y] = await Promise.all([backend.createTensor(SCALAR, USAGE), backend.createTensor(SCALAR, USAGE)]);
  const bytes = Float32Array.of(1);
  x.write(bytesOf(bytes));
  bytes[0] = 100;
  program.dispatch(new Map([["x0", x]]), new Map([["y0", y]]));
  const first = number(y);
  bytes[0] = 5;
  x.write(bytesOf(bytes));
  program.dispatch(new Map([["x0", x]]), new Map([["y0", y]]));
  const second = number(y);
  program.destroy();
  y.destroy();
  expect(await Promise.all([first, second, number(x)])).toEqual([2, 10, 5]);
  expect(bytes[0]).toBe(5);
});

test("what fails there fails here, in the same words", async () => {
  const large = graphOf([SCALAR], (b, [x]) => {
    const y = b.op("expand", { input: x, newShape: [2 ** 29 - 1] }); // two gigabytes, and three of them live at once
    const z = b.op("mul", { a: y, b: b.op("neg", { input: y }) });
    return [b.op("add", { a: y, b: z })];
  });
  const failures = async (backend: Backend) => [
    await failure(backend.createTensor({ dataType: "int64", shape: [2 ** 29 + 1] }, USAGE)),
    await failure(backend.compile(large)),
  ];
  const [near, far] = [await failures(createPlainBackend()), await failures(await remote())];
  expect(far).toEqual(near);
  expect(near).toMatchObject([
    [DOMException, "OperationError", expect.stringMatching(/bytes/)],
    [DOMException, "OperationError", expect.stringMatching(/bytes/)],
  ]);
});

describe("the end", () => {
  test("destroying rejects what waits, and ends the worker", async () => {
    const worker = new StandIn(true);
    const backend = await remote(worker);
    const tensor = await backend.createTensor(SCALAR, USAGE);
    const read = failure(tensor.read());
    backend.destroy();
    expect(await read).toEqual([DOMException, "OperationError", "the context was destroyed"]);
    expect(await failure(tensor.read())).toEqual([DOMException, "OperationError", "the context was destroyed"]);
    expect(await backend.lost).toBe("the context was destroyed");
    expect(worker.terminated).toBe(true);
    tensor.destroy();
  });

  test("a worker that fails loses the device", async () => {
    const worker = new StandIn(true);
    const backend = await remote(worker);
    worker.dispatchEvent(new Event("error"));
    expect(await backend.lost).toBe("the worker failed");
  });

  test("a graph that fails while it runs loses the device, with its message", async () => {
    const backend = await remote();
    const program = await backend.compile(graphOf([SCALAR], (b, [x]) => [b.op("neg", { input: x })]));
    program.dispatch(new Map([["x0", await backend.createTensor(SCALAR, USAGE)]]), new Map());
    expect(await backend.lost).toMatch(/a graph failed while it ran: the tensor y0/);
  });

  test("a worker that does not start is a NotSupportedError", async () => {
    const worker = new StandIn(false);
    expect(await failure(remote(worker))).toEqual([DOMException, "NotSupportedError", "createContext: the worker did not start"]);
    expect(worker.terminated).toBe(true);
  });
});
