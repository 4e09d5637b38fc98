/** Runs plans: pipelines and bind groups are made once, and a dispatch is one submission (the counterpart of `runtime.py`). */

import type { DeviceTensor, Program, Report } from "../core/backend.js";
import { operationError } from "../core/errors.js";
import type { OperandDescriptor } from "../core/types.js";
import type { Device } from "./device.js";
import { type Buffer, type Lowered, type Plan, piecesOf, type Step } from "./plan.js";
import { report, Timer } from "./profile.js";
import { release, type Staging, WebGPUTensor, writePieces } from "./tensor.js";
import type { Timeline } from "./timeline.js";

/** For so many sets of tensors, the bind groups are kept. */
const KEPT_BINDINGS = 8;

/** What the programs and tensors of one context share. */
export interface Owner {
  readonly device: Device;
  readonly timeline: Timeline;
  readonly staging: Staging;
  /** Called with what went wrong after a call returned. */
  failed(message: string): void;
}

type Tensors = ReadonlyMap<string, DeviceTensor>;

/** The pieces of every buffer, and the bind group of every step that has a pipeline. */
interface Bound {
  readonly buffers: readonly (readonly GPUBuffer[])[];
  readonly groups: readonly (GPUBindGroup | undefined)[];
}

/** A plan on a device: its weights, its arena, its pipelines. */
export class WebGPUProgram implements Program {
  /** Called once its memory is given back. */
  whenDestroyed: () => void = () => undefined;
  readonly #bindings = new Map<string, Bound>();
  #times: readonly number[] | undefined;

  private constructor(
    readonly owner: Owner,
    readonly plan: Plan,
    private readonly pipelines: readonly (GPUComputePipeline | undefined)[],
    private readonly slots: readonly (readonly GPUBuffer[])[],
    private readonly constants: ReadonlyMap<string, readonly GPUBuffer[]>,
  ) {}

  /** Compile the kernels of a plan and upload its constants. */
  static async make(owner: Owner, { plan, constants }: Lowered): Promise<WebGPUProgram> {
    const { device } = owner;
    const most = plan.limits.binding_bytes;
    const compiled = Promise.all(plan.steps.map((step) => (isCommand(step) ? undefined : device.pipeline(plan, step))));
    const slots: GPUBuffer[][] = [];
    const uploaded = new Map<string, readonly GPUBuffer[]>();
    const allocated = device.checked("memory", () => {
      for (const size of plan.slots) slots.push(device.buffers(size, most, "arena"));
      for (const buffer of plan.buffers) {
        if (buffer.role !== "constant") continue;
        const words = constants.get(buffer.name);
        if (!words) throw operationError(`the plan's constant ${buffer.name} is missing`);
        const pieces = device.buffers(buffer.byte_length, most, buffer.name);
        uploaded.set(buffer.name, pieces);
        writePieces(device, pieces, new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
      }
    });
    const [memory, pipelines] = await Promise.allSettled([allocated, compiled]);
    if (memory.status === "fulfilled" && pipelines.status === "fulfilled") {
      return new WebGPUProgram(owner, plan, pipelines.value, slots, uploaded);
    }
    for (const buffer of [...slots, ...uploaded.values()].flat()) buffer.destroy();
    throw memory.status === "rejected" ? memory.reason : (pipelines as PromiseRejectedResult).reason;
  }

  dispatch(inputs: Tensors, outputs: Tensors): void {
    this.owner.timeline.run(() => this.#dispatch(inputs, outputs));
    for (const name of outputs.keys()) tensorOf(outputs, name).computed();
  }

  /** Compute from tensors into tensors: one submission, nothing passes through the host. */
  #dispatch(inputs: Tensors, outputs: Tensors): void {
    const { handle, queue } = this.owner.device;
    const key = keyOf(this.plan, inputs, outputs);
    const known = this.#bindings.get(key);
    if (known) {
      this.#bindings.delete(key); // the last used stand last
      this.#bindings.set(key, known);
      const encoder = handle.createCommandEncoder();
      this.#encode(encoder, known);
      queue.submit([encoder.finish()]);
      return;
    }
    const checked = this.owner.device.checked("dispatch", () => {
      const bound = this.#bound(inputs, outputs);
      this.#bindings.set(key, bound);
      if (this.#bindings.size > KEPT_BINDINGS) this.#bindings.delete(this.#bindings.keys().next().value ?? key);
      const encoder = handle.createCommandEncoder();
      this.#encode(encoder, bound);
      queue.submit([encoder.finish()]);
    });
    checked.catch((error: DOMException) => {
      this.#bindings.delete(key);
      this.owner.failed(error.message);
    });
  }

  /** Record every step; those that run kernels share a pass, unless each is to be timed. */
  #encode(encoder: GPUCommandEncoder, { buffers, groups }: Bound, timer?: Timer): void {
    let compute: GPUComputePassEncoder | undefined;
    this.plan.steps.forEach((step, number) => {
      const pipeline = this.pipelines[number];
      if (!pipeline || timer) {
        compute?.end();
        compute = undefined;
      }
      if (!pipeline) {
        command(encoder, step, buffers);
        return;
      }
      compute ??= encoder.beginComputePass(timer && { timestampWrites: timer.around(number) });
      compute.setPipeline(pipeline);
      compute.setBindGroup(0, groups[number]);
      compute.dispatchWorkgroups(...step.workgroups);
    });
    compute?.end();
  }

  #bound(inputs: Tensors, outputs: Tensors): Bound {
    const { device } = this.owner;
    const buffers = this.plan.buffers.map((buffer) => this.#pieces(buffer, inputs, outputs));
    const groups = this.plan.steps.map((step, number) => this.pipelines[number] && device.bind(this.plan, step, buffers));
    return { buffers, groups };
  }

  #pieces(buffer: Buffer, inputs: Tensors, outputs: Tensors): readonly GPUBuffer[] {
    if (buffer.role === "constant") return this.constants.get(buffer.name) ?? [];
    if (buffer.role === "temporary") return this.slots[buffer.slot];
    const { pieces } = tensorOf(buffer.role === "input" ? inputs : outputs, buffer.name);
    const wanted = piecesOf(this.plan, buffer);
    if (pieces.length !== wanted.length || pieces.some((piece, i) => piece.size !== wanted[i])) {
      throw operationError(
        `${buffer.role} ${JSON.stringify(buffer.name)} lies in pieces of ${pieces[0].size} bytes; ` +
          `this plan was made for pieces of ${this.plan.limits.binding_bytes}`,
      );
    }
    return pieces;
  }

  /** New tensors for the plan's inputs or outputs. */
  async tensors(descriptors: ReadonlyMap<string, OperandDescriptor>): Promise<Map<string, WebGPUTensor>> {
    const { owner, plan } = this;
    const bytes = new Map(plan.buffers.filter(isOuter).map((buffer) => [buffer.name, buffer.byte_length]));
    const made = new Map<string, WebGPUTensor>();
    try {
      await owner.device.checked("tensors", () => {
        for (const [name, descriptor] of descriptors) {
          const pieces = owner.device.buffers(bytes.get(name) ?? 0, plan.limits.binding_bytes, name);
          made.set(name, new WebGPUTensor(owner, descriptor, pieces));
        }
      });
    } catch (error) {
      for (const tensor of made.values()) tensor.destroy();
      throw error;
    }
    return made;
  }

  /** Which kernel runs each operator; with times, where the device has timers: of a run on tensors of zeros. */
  async explain(): Promise<Report> {
    if (this.owner.device.hasTimestamps && !this.#times) this.#times = await this.#profiled();
    return report(this.owner.device, this.plan, this.#times);
  }

  async #profiled(): Promise<readonly number[]> {
    const { device, staging } = this.owner;
    const timer = new Timer(device, this.plan);
    const scratch = new Map<string, GPUBuffer[]>();
    try {
      await device.checked("profile", () => {
        for (const buffer of this.plan.buffers.filter(isOuter)) {
          scratch.set(`${buffer.role} ${buffer.name}`, device.buffers(buffer.byte_length, this.plan.limits.binding_bytes, "profile"));
        }
        const lent = this.plan.buffers.map((buffer) => {
          if (buffer.role === "constant") return this.constants.get(buffer.name) ?? [];
          return buffer.role === "temporary" ? this.slots[buffer.slot] : (scratch.get(`${buffer.role} ${buffer.name}`) ?? []);
        });
        const groups = this.plan.steps.map((step, number) => this.pipelines[number] && device.bind(this.plan, step, lent));
        const encoder = device.handle.createCommandEncoder();
        this.#encode(encoder, { buffers: lent, groups });
        this.#encode(encoder, { buffers: lent, groups }, timer);
        timer.resolve(encoder);
        device.queue.submit([encoder.finish()]);
      });
      return await timer.read(staging);
    } finally {
      timer.destroy();
      for (const buffer of [...scratch.values()].flat()) buffer.destroy();
    }
  }

  destroy(): void {
    this.owner.timeline.run(() => {
      this.#bindings.clear();
      for (const buffer of [...this.slots, ...this.constants.values()].flat()) release(buffer);
      this.whenDestroyed();
    });
  }
}

/** Whether a step is a command rather than a kernel. */
export function isCommand(step: Step): boolean {
  return step.kernel === "copy" || step.kernel === "clear";
}

function isOuter({ role }: Buffer): boolean {
  return role === "input" || role === "output";
}

function tensorOf(tensors: Tensors, name: string): WebGPUTensor {
  const tensor = tensors.get(name);
  if (!(tensor instanceof WebGPUTensor)) throw operationError(`${JSON.stringify(name)} is no tensor of this backend`);
  return tensor;
}

function keyOf(plan: Plan, inputs: Tensors, outputs: Tensors): string {
  return plan.buffers
    .filter(isOuter)
    .map(({ role, name }) => tensorOf(role === "input" ? inputs : outputs, name).id)
    .join();
}

/** Copy or clear a whole buffer. */
function command(encoder: GPUCommandEncoder, step: Step, buffers: Bound["buffers"]): void {
  const target = buffers[step.bindings.y.buffer];
  target.forEach((piece, i) => {
    if (step.kernel === "clear") encoder.clearBuffer(piece);
    else encoder.copyBufferToBuffer(buffers[step.bindings.x.buffer][i], 0, piece, 0, piece.size);
  });
}
