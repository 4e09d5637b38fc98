/** Receipts: which kernel runs each operator of a plan, and for how long. */

import type { OperatorReport, Report } from "../core/backend.js";
import type { Device } from "./device.js";
import type { Plan } from "./plan.js";
import type { Staging } from "./tensor.js";

/** So many queries fit in a set. */
const SET = 4096;

/** Timestamps before and after each step of a plan. */
export class Timer {
  readonly #sets: readonly GPUQuerySet[];
  readonly #resolved: GPUBuffer;
  readonly #count: number;

  constructor(device: Device, plan: Plan) {
    this.#count = 2 * plan.steps.length;
    const lengths = Array.from({ length: Math.ceil(this.#count / SET) }, (_, set) => Math.min(SET, this.#count - set * SET));
    this.#sets = lengths.map((count) => device.handle.createQuerySet({ type: "timestamp", count }));
    this.#resolved = device.handle.createBuffer({ label: "timestamps", size: Math.max(8 * this.#count, 8), usage: 0x200 | 0x04 });
  }

  /** Where the pass of a step notes its begin and end. */
  around(step: number): GPUComputePassTimestampWrites {
    const at = (2 * step) % SET;
    return { querySet: this.#sets[Math.floor((2 * step) / SET)], beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 };
  }

  /** Record that the timestamps are written to memory. */
  resolve(encoder: GPUCommandEncoder): void {
    this.#sets.forEach((set, number) => {
      encoder.resolveQuerySet(set, 0, set.count, this.#resolved, 8 * SET * number);
    });
  }

  /** The milliseconds of each step. */
  async read(staging: Staging): Promise<number[]> {
    const bytes = await staging.read([this.#resolved], 8 * this.#count);
    const ticks = new BigUint64Array(bytes.buffer, 0, this.#count);
    return Array.from({ length: this.#count / 2 }, (_, step) => Math.max(0, Number(ticks[2 * step + 1] - ticks[2 * step])) / 1e6);
  }

  destroy(): void {
    for (const set of this.#sets) set.destroy();
    this.#resolved.destroy();
  }
}

/** The receipt of a plan, with the time of each step if it was profiled. */
export function report(device: Device, plan: Plan, times?: readonly number[]): Report {
  const by = new Map<number, number[]>();
  plan.steps.forEach((step, number) => {
    for (const operator of step.operators) by.set(operator, [...(by.get(operator) ?? []), number]);
  });
  const dispatches = plan.steps.filter(({ kernel }) => kernel !== "copy" && kernel !== "clear").length;
  const arena = plan.slots.reduce((sum, bytes) => sum + bytes, 0);
  return {
    backend: "webgpu",
    device: device.name,
    operators: plan.operators.map(([name, label], number) => operatorReport(device, plan, name, label, by.get(number) ?? [], times)),
    weightBytes: plan.buffers.reduce((sum, { role, byte_length }) => sum + (role === "constant" ? byte_length : 0), 0),
    notes: [`${dispatches} dispatches`, `arena of ${arena} bytes in ${plan.slots.length} slots`],
  };
}

function operatorReport(
  device: Device,
  plan: Plan,
  operator: string,
  label: string,
  numbers: readonly number[],
  times?: readonly number[],
): OperatorReport {
  const common = { operator, label, device: device.name };
  if (numbers.length === 0) return { ...common, by: "no kernel", reason: "its output is its input's elements as they lie" };
  const steps = numbers.map((number) => plan.steps[number]);
  const fused = steps.flatMap(({ operators }) => (operators.length > 1 ? operators.map((other) => plan.operators[other][0]) : []));
  return {
    ...common,
    by: [...new Set(steps.map(({ kernel }) => kernel))].join(", "),
    reason: fused.length > 0 ? `one dispatch with ${fused.join(", ")}` : "",
    ...(times && { milliseconds: numbers.reduce((sum, number) => sum + times[number] / plan.steps[number].operators.length, 0) }),
  };
}
