/** The page's side: a backend whose calls go to one in a worker. */

import type { Wanted } from "../api/backends.js";
import type { Backend, DeviceTensor, MLOpSupportLimits, Program, Report, TensorUsage } from "../core/backend.js";
import { notSupported, operationError } from "../core/errors.js";
import type { Graph } from "../core/graph.js";
import type { OperandDescriptor } from "../core/types.js";
import { type Bound, errorOf, graphMessage, type Reply, type Request, type Traits } from "./messages.js";

/** How long a worker may take until it says that it is there, in milliseconds. */
const PATIENCE = 30_000;

/** A worker, and whether it goes with its context. */
export interface Hired {
  readonly worker: Worker;
  readonly own: boolean;
}

/** Open a context in a worker; rejects with a NotSupportedError where the worker does not start. */
export function openRemote({ worker, own }: Hired, wanted: Wanted): Promise<Backend> {
  return new Promise((resolve, reject) => {
    const { port1: port, port2 } = new MessageChannel();
    const done = (): void => {
      clearTimeout(timer);
      worker.removeEventListener("error", failed);
    };
    const close = (): void => {
      port.close();
      if (own) worker.terminate();
    };
    const refuse = (error: unknown): void => {
      done();
      close();
      reject(error);
    };
    const failed = (event: Event): void => refuse(notSupported(`createContext: the worker did not start${reasonOf(event)}`));
    const late = (): void => refuse(notSupported('createContext: the worker does not answer; it must have imported "webnpu/worker"'));
    const timer = setTimeout(late, PATIENCE);
    worker.addEventListener("error", failed);
    port.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data.say === "here") clearTimeout(timer);
      else if (data.say === "closed") refuse(errorOf(data.fault));
      else if (data.say === "open") {
        done();
        resolve(new RemoteBackend(data.traits, { worker, port, close }));
      }
    };
    worker.postMessage({ webnpu: "open", wanted }, [port2]);
  });
}

function reasonOf(event: Event): string {
  const { message } = event as Partial<ErrorEvent>;
  return message ? `: ${message}` : "";
}

/** The line to the worker. */
interface Line {
  readonly worker: Worker;
  readonly port: MessagePort;
  close(): void;
}

interface Waiting {
  resolve(value: Uint8Array | Report | undefined): void;
  reject(error: unknown): void;
}

/** A request without the number of its answer. */
type Question<R = Request> = R extends { readonly answer: number } ? Omit<R, "answer"> : never;

class RemoteBackend implements Backend {
  readonly name: Backend["name"];
  readonly accelerated: boolean;
  readonly devices: Backend["devices"];
  readonly lost: Promise<string>;
  #lose: (message: string) => void = () => undefined;
  #fault: string | undefined;
  #count = 0;
  readonly #waiting = new Map<number, Waiting>();

  constructor(
    readonly traits: Traits,
    readonly line: Line,
  ) {
    this.name = traits.name;
    this.accelerated = traits.accelerated;
    this.devices = traits.devices;
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
    line.port.onmessage = ({ data }: MessageEvent<Reply>) => this.#hear(data);
    line.worker.addEventListener("error", (event) => this.#end(`the worker failed${reasonOf(event)}`));
  }

  supportLimits(): MLOpSupportLimits {
    return this.traits.limits;
  }

  async compile(graph: Graph): Promise<Program> {
    const id = this.#number();
    await this.ask({ do: "compile", id, graph: graphMessage(graph) });
    return new RemoteProgram(this, id);
  }

  async createTensor(descriptor: OperandDescriptor, { readable, writable, exportable }: TensorUsage): Promise<DeviceTensor> {
    const id = this.#number();
    const { dataType, shape } = descriptor;
    await this.ask({ do: "tensor", id, descriptor: { dataType, shape }, usage: { readable, writable, exportable } });
    return new RemoteTensor(this, id, descriptor);
  }

  destroy(): void {
    this.#end("the context was destroyed");
  }

  /** Send what is not answered. */
  tell(request: Exclude<Request, { answer: number }>, transfer: Transferable[] = []): void {
    if (this.#fault === undefined) this.line.port.postMessage(request, transfer);
  }

  /** Send what is answered. */
  ask(question: Question): Promise<Uint8Array | Report | undefined> {
    if (this.#fault !== undefined) return Promise.reject(operationError(this.#fault));
    return new Promise((resolve, reject) => {
      const answer = this.#number();
      this.line.port.postMessage({ ...question, answer } as Request); // throws, and rejects, where memory is short
      this.#waiting.set(answer, { resolve, reject });
    });
  }

  #number(): number {
    return this.#count++;
  }

  #hear(reply: Reply): void {
    if (reply.say === "lost") this.#end(reply.message);
    if (reply.say !== "done" && reply.say !== "failed") return;
    const waiting = this.#waiting.get(reply.answer);
    this.#waiting.delete(reply.answer);
    if (reply.say === "done") waiting?.resolve(reply.value);
    else waiting?.reject(errorOf(reply.fault));
  }

  /** Rejects all that waits, and lets the worker go. */
  #end(message: string): void {
    if (this.#fault !== undefined) return;
    this.tell({ do: "destroy" });
    this.#fault = message;
    for (const { reject } of this.#waiting.values()) reject(operationError(message));
    this.#waiting.clear();
    this.line.close();
    this.#lose(message);
  }
}

class RemoteTensor implements DeviceTensor {
  constructor(
    readonly backend: RemoteBackend,
    readonly id: number,
    readonly descriptor: OperandDescriptor,
  ) {}

  write(bytes: Uint8Array): void {
    const copy = new Uint8Array(bytes); // the caller may change its own, or share it
    this.backend.tell({ do: "write", id: this.id, bytes: copy }, [copy.buffer]);
  }

  async read(): Promise<Uint8Array> {
    return (await this.backend.ask({ do: "read", id: this.id })) as Uint8Array;
  }

  destroy(): void {
    this.backend.tell({ do: "destroyTensor", id: this.id });
  }
}

class RemoteProgram implements Program {
  constructor(
    readonly backend: RemoteBackend,
    readonly id: number,
  ) {}

  dispatch(inputs: ReadonlyMap<string, DeviceTensor>, outputs: ReadonlyMap<string, DeviceTensor>): void {
    this.backend.tell({ do: "dispatch", id: this.id, inputs: numbersOf(inputs), outputs: numbersOf(outputs) });
  }

  async explain(): Promise<Report> {
    const report = (await this.backend.ask({ do: "explain", id: this.id })) as Report;
    return { ...report, notes: [...report.notes, "computed in a worker"] };
  }

  destroy(): void {
    this.backend.tell({ do: "destroyProgram", id: this.id });
  }
}

function numbersOf(tensors: ReadonlyMap<string, DeviceTensor>): Bound {
  return new Map([...tensors].map(([name, tensor]) => [name, (tensor as RemoteTensor).id]));
}
