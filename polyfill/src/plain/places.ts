/** Where the temporary operands of a graph lie: lifetimes that do not overlap share memory. */

import type { Graph } from "../core/graph.js";
import type { Operand } from "../core/operand.js";
import { operandsOf } from "../core/operator.js";
import { workingBytes } from "./elements.js";

/** The offset of each temporary in one buffer, and the buffer's length. */
export interface Places {
  readonly offsets: ReadonlyMap<Operand, number>;
  readonly byteLength: number;
}

interface Gap {
  start: number;
  end: number;
}

/** Gives each operand that is neither input, constant nor output the first gap that is free while it lives. */
export function placesOf(graph: Graph): Places {
  const outputs = new Set(graph.outputs.values());
  const lastUse = new Map<Operand, number>();
  for (const [i, op] of graph.operators.entries()) {
    for (const operand of op.outputs) lastUse.set(operand, i);
    for (const [, operand] of operandsOf(op)) lastUse.set(operand, i);
  }
  const offsets = new Map<Operand, number>();
  const lengths = new Map<Operand, number>();
  const free: Gap[] = [{ start: 0, end: Number.POSITIVE_INFINITY }];
  let byteLength = 0;
  for (const [i, op] of graph.operators.entries()) {
    for (const operand of op.outputs) {
      if (outputs.has(operand)) continue;
      const bytes = Math.ceil(workingBytes(operand.descriptor) / 64) * 64;
      const offset = take(free, bytes);
      offsets.set(operand, offset);
      lengths.set(operand, bytes);
      byteLength = Math.max(byteLength, offset + bytes);
    }
    for (const operand of new Set([...op.outputs, ...operandsOf(op).map(([, operand]) => operand)])) {
      const offset = offsets.get(operand);
      if (offset !== undefined && lastUse.get(operand) === i) giveBack(free, offset, lengths.get(operand) ?? 0);
    }
  }
  return { offsets, byteLength };
}

function take(free: Gap[], bytes: number): number {
  const index = free.findIndex(({ start, end }) => end - start >= bytes); // the last gap has no end
  const gap = free[index];
  const { start } = gap;
  gap.start += bytes;
  if (gap.start === gap.end) free.splice(index, 1);
  return start;
}

function giveBack(free: Gap[], start: number, bytes: number): void {
  const end = start + bytes;
  const next = free.findIndex((gap) => gap.start >= end);
  const before = free[next - 1];
  const after = free[next];
  if (before?.end === start && after.start === end) {
    before.end = after.end;
    free.splice(next, 1);
  } else if (before?.end === start) before.end = end;
  else if (after.start === end) after.start = start;
  else free.splice(next, 0, { start, end });
}
