/** The worker's side: one backend for each context that a page opens. */

import { chooseBackend } from "../api/backends.js";
import type { Backend, DeviceTensor, Program } from "../core/backend.js";
import { type Bound, faultOf, graphFrom, type Opening, type Reply, type Request } from "./messages.js";

/** Opens a context for each page that asks; other messages are left to whoever they are for. */
export function serve(): void {
  addEventListener("message", ({ data, ports }: MessageEvent) => {
    if (isOpening(data) && ports[0]) void open(data, ports[0]);
  });
}

function isOpening(data: unknown): data is Opening {
  return typeof data === "object" && data !== null && (data as Partial<Opening>).webnpu === "open";
}

/** Makes a backend, and does what comes through the port with it. */
export async function open({ wanted }: Opening, port: MessagePort): Promise<void> {
  const say = (reply: Reply, transfer: Transferable[] = []): void => port.postMessage(reply, transfer);
  say({ say: "here" });
  try {
    const backend = await chooseBackend(wanted);
    const { name, accelerated, devices } = backend;
    const served = new Served(backend, say);
    port.onmessage = ({ data }) => served.handle(data as Request);
    say({ say: "open", traits: { name, accelerated, devices, limits: backend.supportLimits() } });
    say({ say: "lost", message: await backend.lost });
  } catch (error) {
    say({ say: "closed", fault: faultOf(error) });
  }
}

class Served {
  readonly #tensors = new Map<number, DeviceTensor>();
  readonly #programs = new Map<number, Program>();

  constructor(
    readonly backend: Backend,
    readonly say: (reply: Reply, transfer?: Transferable[]) => void,
  ) {}

  /** Requests take effect in the order in which they come, as a backend's calls do. */
  handle(request: Request): void {
    if (request.do === "write") this.#tensor(request.id).write(request.bytes);
    else if (request.do === "dispatch") this.#program(request.id).dispatch(this.#bound(request.inputs), this.#bound(request.outputs));
    else if (request.do === "destroyTensor") this.#tensor(request.id, true).destroy();
    else if (request.do === "destroyProgram") this.#program(request.id, true).destroy();
    else if (request.do === "destroy") this.backend.destroy();
    else void this.#answer(request);
  }

  async #answer(request: Extract<Request, { answer: number }>): Promise<void> {
    const { answer } = request;
    try {
      const value = await this.#outcome(request);
      this.say({ say: "done", answer, value }, value instanceof Uint8Array ? [value.buffer] : []);
    } catch (error) {
      this.say({ say: "failed", answer, fault: faultOf(error) });
    }
  }

  async #outcome(request: Extract<Request, { answer: number }>) {
    if (request.do === "read") return this.#tensor(request.id).read();
    if (request.do === "explain") return this.#program(request.id).explain();
    if (request.do === "tensor") this.#tensors.set(request.id, await this.backend.createTensor(request.descriptor, request.usage));
    else this.#programs.set(request.id, await this.backend.compile(graphFrom(request.graph)));
    return undefined;
  }

  #bound(tensors: Bound): Map<string, DeviceTensor> {
    return new Map([...tensors].map(([name, id]) => [name, this.#tensor(id)]));
  }

  #tensor(id: number, last = false): DeviceTensor {
    return found(this.#tensors, id, last);
  }

  #program(id: number, last = false): Program {
    return found(this.#programs, id, last);
  }
}

function found<T>(items: Map<number, T>, id: number, last: boolean): T {
  const item = items.get(id);
  if (!item) throw new Error(`there is nothing of number ${id}`); // the page numbers what it asks for, and waits for it
  if (last) items.delete(id);
  return item;
}
