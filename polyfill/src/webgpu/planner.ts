/**
 * Makes the plan of a graph: lowerings ask it for buffers and emit steps; it fuses element-wise chains into producers.
 * The counterpart of `backends/webgpu/planner.py`.
 */

import type { Graph } from "../core/graph.js";
import { Operand } from "../core/operand.js";
import type { Op } from "../core/operator.js";
import { type DataType, sizeOf } from "../core/types.js";
import type { OperatorName } from "../generated/operators.js";
import { Assembly, pieceCount } from "./assembly.js";
import { Cost, type Costly, MOST_TURNS } from "./cost.js";
import type { Completion, Draft, Looked, Parts, Value } from "./drafts.js";
import { FORMATS, moved } from "./formats.js";
import { kernel } from "./kernel.js";
import { literalOf, words } from "./literals.js";
import type { Binding, Buffer, Limits, Lowered, Role, View } from "./plan.js";
import { isIdentity, sameView, stridesOf, view } from "./views.js";

/** Emits the steps of an operator. */
export type Lower<N extends OperatorName> = (op: Op<N>, plan: Planner) => void;

/** The lowering of each operator. */
export type Lowerings = { readonly [N in OperatorName]: Lower<N> };

/** Operations that one step may do to each result: what drivers take to compile a kernel grows faster than its length. */
const LONGEST_CHAIN = 32;

const OPERAND_NAME = /^x\d+$/;

/** A plan in the making. */
export class Planner {
  /** The number of the operator that is being lowered. */
  current = 0;
  readonly #buffers: Buffer[] = [];
  readonly #values = new Map<Operand, Value>();
  readonly #constants = new Map<string, Uint32Array>();
  readonly #words = new Map<number, number>();
  readonly #users: ReadonlyMap<Operand, readonly Op[]>;
  readonly #uses: Map<Operand, number>;
  /** The steps in the order in which they run. */
  readonly #drafts = new Set<Draft>();
  #turns = 0;
  /** The operators that dequantise into each buffer, each in a step of its own. */
  readonly #dequantizers = new Map<number, { readonly op: Op<"dequantizeLinear">; readonly step: Draft }>();
  /** The values whose elements are in each buffer. */
  readonly #holders = new Map<number, Value[]>();
  #mostPieces = 1;

  constructor(
    readonly graph: Graph,
    readonly limits: Limits,
  ) {
    this.#users = graph.uses();
    this.#uses = new Map([...this.#users].map(([operand, users]) => [operand, users.length]));
    for (const operand of graph.outputs.values()) this.#uses.set(operand, this.#usesOf(operand) + 1);
    for (const [name, operand] of graph.inputs) this.hold(operand, this.#buffer("input", operand.dataType, operand.size, name));
  }

  #usesOf(operand: Operand): number {
    return this.#uses.get(operand) ?? 0;
  }

  #buffer(role: Role, format: string, size: number, name = ""): number {
    const byteLength = Math.ceil((size * FORMATS[format].bits) / 32) * 4;
    const buffer: Buffer = { role, data_type: format, size, byte_length: byteLength, name, slot: -1 };
    this.#mostPieces = Math.max(this.#mostPieces, pieceCount(buffer, this.limits));
    return this.#buffers.push(buffer) - 1;
  }

  /** A new buffer that lives within the plan. */
  temporary(format: string, size: number): number {
    return this.#buffer("temporary", format, size);
  }

  /** Where an operand is; a constant is taken into the plan when it is first used. */
  value(operand: Operand): Value {
    const known = this.#values.get(operand);
    if (known) return known;
    if (!operand.bytes) throw new Error("an operand is computed before it is used");
    const name = this.graph.names.get(operand) ?? "";
    this.#constants.set(name, words(operand.bytes));
    return this.hold(operand, this.#buffer("constant", operand.dataType, operand.size, name));
  }

  /** A constant that the lowering itself makes, of so many elements as they are stored. */
  table(stored: Uint8Array | Uint32Array | Float32Array, dataType: DataType, size: number): number {
    const name = `#${this.#constants.size}`;
    this.#constants.set(name, words(new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength)));
    return this.#buffer("constant", dataType, size, name);
  }

  /** A constant of one whole number, made once. */
  word(number: number): number {
    const buffer = this.#words.get(number) ?? this.table(Uint32Array.of(number), "uint32", 1);
    this.#words.set(number, buffer);
    return buffer;
  }

  /** Whether a kernel would make no more turns than an invocation may, with an output of this format. */
  fits(kernelName: string, constants: Costly["constants"], format: string, hooks: Costly["hooks"] = {}): boolean {
    return this.#turnsOf({ kernel: kernelName, constants, hooks, chain: [], format }) <= MOST_TURNS;
  }

  #turnsOf(costly: Omit<Costly, "straight">): number {
    return new Cost({ ...costly, straight: !this.limits.workgroup_memory }).turns;
  }

  /** How many bindings a buffer takes. */
  piecesOf(buffer: number): number {
    return pieceCount(this.#buffers[buffer], this.limits);
  }

  /** Add a step that computes an operand, or a buffer. */
  emit(kernelName: string, output: Operand | number, parts: Parts): Draft {
    const { formats = {}, vectors = [], outputName = "y" } = parts;
    const bindings = new Map<string, Binding>();
    const bind = (name: string, buffer: number): void => {
      const format = formats[name] ?? this.#buffers[buffer].data_type;
      bindings.set(name, { buffer, format, pieces: [], vectors: vectors.includes(name) });
    };
    for (const [name, item] of Object.entries(parts.inputs ?? {})) bind(name, typeof item === "number" ? item : this.value(item).buffer);
    const target = typeof output === "number" ? output : this.temporary(output.dataType, output.size);
    bind(outputName, target);
    const draft = this.#draft(kernelName, bindings, parts);
    if (output instanceof Operand) {
      const fusible = kernel(kernelName).head.chain;
      this.hold(output, target, fusible ? draft : undefined);
      if (fusible && !parts.chain) this.#round(draft, "v", output.dataType);
    }
    return draft;
  }

  #draft(kernelName: string, bindings: Map<string, Binding>, parts: Parts = {}): Draft {
    const draft: Draft = {
      kernel: kernelName,
      bindings,
      constants: { ...parts.constants },
      aliases: parts.aliases ?? {},
      views: { ...parts.views },
      hooks: { ...parts.hooks },
      operators: [this.current],
      chain: [...(parts.chain ?? [])],
      turn: 0,
    };
    this.#toEnd(draft);
    return draft;
  }

  /** Let a step run after all others so far. */
  #toEnd(draft: Draft): void {
    this.#drafts.delete(draft);
    this.#drafts.add(draft);
    draft.turn = this.#turns++;
  }

  /** Round a result as if it had been stored, before anything is fused to it. */
  #round(draft: Draft, result: string, dataType: DataType): void {
    const { rounding } = FORMATS[dataType];
    if (rounding) draft.chain.push({ function: "", arguments: [result], rounding });
  }

  /** Let a buffer be an operand. */
  hold(output: Operand, buffer: number, step?: Draft, strides?: readonly number[]): Value {
    const value: Value = { buffer, uses: this.#usesOf(output), step, strides };
    this.#values.set(output, value);
    this.#holders.set(buffer, [...(this.#holders.get(buffer) ?? []), value]);
    return value;
  }

  /** Let nothing be fused into the step that computes an operand. */
  seal(operand: Operand): void {
    this.value(operand).step = undefined;
  }

  /** Let an output be the very elements of an input, in another shape. */
  alias(output: Operand, input: Operand): void {
    const value = this.value(input);
    value.uses += this.#usesOf(output) - 1;
    this.#values.set(output, value);
  }

  /** Copy a whole buffer. */
  copy(source: number, target: number): void {
    this.#draft("copy", new Map([["x", this.#bound(source)] as const, ["y", this.#bound(target)] as const]));
  }

  /** Fill a buffer with zeros. */
  clear(buffer: number): void {
    this.#draft("clear", new Map([["y", this.#bound(buffer)]]));
  }

  /** How far the elements of an operand are apart in each dimension. */
  strides(operand: Operand): readonly number[] {
    return this.value(operand).strides ?? stridesOf(operand.shape);
  }

  /** Let an output be the input's elements with other strides, if all that takes it are products, which can read it so. */
  lookThrough(output: Operand, input: Operand, strides: readonly number[]): boolean {
    const users = this.#users.get(output) ?? [];
    if (users.length !== this.#usesOf(output) || users.some((user) => user.name !== "matmul")) return false;
    const source = this.value(input);
    source.step = undefined;
    this.hold(output, source.buffer, undefined, strides);
    return true;
  }

  /**
   * Let a product write its elements where the output has them, if nothing else takes them.
   *
   * @param output the input's elements in another order
   * @param input what may be a product
   * @param strides how far the output's elements are apart along the dimensions of the input
   */
  writeThrough(output: Operand, input: Operand, strides: readonly number[]): boolean {
    const source = this.value(input);
    const draft = source.step;
    if (!draft || !draft.kernel.startsWith("product") || source.uses !== 1 || "out" in draft.views) return false;
    if ([...draft.bindings.keys()].some((name) => !["a", "b", "y"].includes(name))) return false;
    draft.views.out = view(input.shape, strides);
    draft.hooks.place = `out_at(${draft.hooks.place})`;
    draft.constants.QUADS = Number(draft.constants.QUADS === 1 && strides[strides.length - 1] === 1);
    draft.operators.push(this.current);
    this.hold(output, source.buffer, draft);
    return true;
  }

  /** Let products dequantise an operator's elements themselves, if its step computes nothing else. */
  rememberDequantizer(op: Op<"dequantizeLinear">): void {
    const { buffer, step } = this.value(op.output);
    if (step?.operators.length === 1) this.#dequantizers.set(buffer, { op, step });
  }

  /** The operator that makes a matrix of quantised elements, if only the current operator takes that. */
  dequantizer(operand: Operand): Op<"dequantizeLinear"> | undefined {
    const { buffer } = this.value(operand);
    const sole = this.#holders.get(buffer)?.every((value) => value.uses === 1);
    return sole ? this.#dequantizers.get(buffer)?.op : undefined;
  }

  /** Give up the step that makes such a matrix, since the current operator does without. */
  dropDequantizer(operand: Operand): void {
    const made = this.#dequantizers.get(this.value(operand).buffer);
    if (made) this.#drafts.delete(made.step);
  }

  /** Emit a step that takes each element of the output from a place of the input. */
  move(output: Operand, input: Operand, from: View): void {
    const format = moved(output.dataType);
    this.emit("elementwise", output, {
      inputs: { x0: input },
      views: { x0: from },
      formats: { x0: format, y: format },
      aliases: { V: "u32" },
      chain: [{ function: "", arguments: ["x0"], rounding: "" }],
    });
    this.seal(output); // it moves bits, on which nothing can be computed
  }

  /** Compute `name(operands, literals)` for each element, within the step of an operand where that can be. */
  elementwise(
    output: Operand,
    name: string,
    operands: readonly Looked[],
    literals: readonly string[] = [],
    rounding = FORMATS[output.dataType].rounding,
  ): void {
    const sources = operands.map(([operand]) => this.value(operand));
    const host = this.#host(output, operands, sources, name);
    const draft = host ?? this.emit("elementwise", output, { aliases: { V: "u32" }, chain: [] });
    if (host) {
      this.#toEnd(host);
      this.#retarget(host, output);
    }
    const own = draft.chain.length > 0 ? `v${draft.chain.length - 1}` : "v";
    const known = new Map<Value, string>();
    if (host) for (const source of sources) if (source.step === host) known.set(source, own);
    const found = operands.map(([operand, from], position) => {
      const source = sources[position];
      const computed = known.get(source);
      if (computed) return computed;
      const argument = this.#argument(draft, operand, from, source, sources.filter((other) => other === source).length, name);
      if (source.step === draft) known.set(source, argument);
      return argument;
    });
    draft.chain.push({ function: name, arguments: [...found, ...literals], rounding });
  }

  /** Add to a kernel's chain what still belongs to its operator, and round the result once. */
  complete(draft: Draft, output: Operand, completions: readonly Completion[]): void {
    let last = "v";
    for (const [name, operand, text] of completions) {
      const found = [last];
      if (operand) found.push(this.#literal(operand[0]) ?? this.#bind(draft, this.#bound(this.value(operand[0]).buffer), operand[1]));
      if (text) found.push(text);
      draft.chain.push({ function: name, arguments: found, rounding: "" });
      last = `v${draft.chain.length - 1}`;
    }
    this.#round(draft, last, output.dataType);
  }

  #bound(buffer: number): Binding {
    return { buffer, format: this.#buffers[buffer].data_type, pieces: [], vectors: false };
  }

  /** The step of the operand that was computed last, if this operation can be fused into it. */
  #host(output: Operand, operands: readonly Looked[], sources: readonly Value[], name: string): Draft | undefined {
    let source: Value | undefined;
    for (const other of sources) if (other.step && other.step.turn > (source?.step?.turn ?? -1)) source = other;
    const draft = source?.step;
    if (!source || !draft) return undefined;
    const mine = operands.filter((_, position) => sources[position] === source);
    const whole = output.size === 1 || mine.every(([, from]) => isIdentity(from) && sizeOf(from.sizes) === output.size);
    if (source.uses !== mine.length || !whole || this.#written(draft).size !== output.size) return undefined;
    if (draft.chain.length >= LONGEST_CHAIN || !this.#bearable(draft, [name], output.dataType)) return undefined;
    const added = operands.filter(([operand], position) => sources[position] !== source && !this.#literal(operand)).length;
    return this.#pieces(draft) + added * this.#mostPieces > this.limits.storage_buffers ? undefined : draft;
  }

  /** Whether a step makes no more turns than it may if it also calls these functions, and stores in this format. */
  #bearable({ kernel, constants, hooks, chain }: Draft, functions: readonly string[], format: string): boolean {
    const longer = [...chain, ...functions.map((name) => ({ function: name }))];
    return this.#turnsOf({ kernel, constants, hooks, chain: longer, format }) <= MOST_TURNS;
  }

  /** The buffer that a step writes, of those that others can be fused into. */
  #written(draft: Draft): Buffer {
    const y = draft.bindings.get("y");
    if (!y) throw new Error(`kernel ${draft.kernel} has no output y`);
    return this.#buffers[y.buffer];
  }

  #pieces(draft: Draft): number {
    let sum = 0;
    for (const { buffer } of draft.bindings.values()) sum += this.piecesOf(buffer);
    return sum;
  }

  /** Let a step compute another output, which is what it computed with more operations done to it. */
  #retarget(draft: Draft, output: Operand): void {
    const number = this.temporary(output.dataType, output.size);
    draft.bindings.set("y", this.#bound(number));
    draft.operators.push(this.current);
    this.hold(output, number, draft);
  }

  /** A constant of one element as an expression. */
  #literal(operand: Operand): string | undefined {
    return operand.bytes && operand.size === 1 ? literalOf(operand, operand.bytes) : undefined;
  }

  /** An operand of a chain: a literal, the chain of a step that only computes it, or a binding. */
  #argument(draft: Draft, operand: Operand, from: View, source: Value, mentions: number, name: string): string {
    const text = this.#literal(operand);
    if (text) return text;
    const other = source.step;
    const joins = other?.kernel === "elementwise" && source.uses === mentions && isIdentity(from);
    if (other && joins && draft.chain.length + other.chain.length < LONGEST_CHAIN) {
      const room = this.limits.storage_buffers - this.#pieces(draft) - this.#pieces(other);
      const y = this.#written(draft);
      const bearable = this.#bearable(draft, [...other.chain.map((operation) => operation.function), name], y.data_type);
      if (this.#buffers[source.buffer].size === y.size && room >= this.#mostPieces && bearable) return this.#inlined(draft, source, other);
    }
    return this.#bind(draft, this.#bound(source.buffer), from);
  }

  /** Take the chain of another step into this one, in place of reading what it wrote. */
  #inlined(draft: Draft, source: Value, other: Draft): string {
    const names = new Map<string, string>();
    for (const [name, binding] of other.bindings) if (name !== "y") names.set(name, this.#bind(draft, binding, other.views[name]));
    const first = draft.chain.length;
    other.chain.forEach((_, n) => {
      names.set(`v${n}`, `v${n + first}`);
    });
    for (const operation of other.chain) {
      draft.chain.push({ ...operation, arguments: operation.arguments.map((argument) => names.get(argument) ?? argument) });
    }
    this.#drafts.delete(other);
    draft.operators.push(...other.operators);
    source.step = draft;
    return `v${draft.chain.length - 1}`;
  }

  /** The name of an operand of a chain, bound once for each way of looking at it. */
  #bind(draft: Draft, binding: Binding, from: View): string {
    let count = 0;
    for (const [name, bound] of draft.bindings) {
      if (!OPERAND_NAME.test(name)) continue;
      count++;
      if (sameBinding(bound, binding) && draft.views[name] && sameView(draft.views[name], from)) return name;
    }
    const name = `x${count}`;
    const y = draft.bindings.get("y");
    draft.bindings.delete("y");
    draft.bindings.set(name, binding);
    if (y) draft.bindings.set("y", y);
    draft.views[name] = from;
    return name;
  }

  /** The plan, once every operator is lowered. */
  finish(): Lowered {
    this.#outputs();
    const plan = new Assembly(this.graph, this.limits, this.#buffers, [...this.#drafts], (number) => this.word(number)).plan();
    const kept = new Set(plan.buffers.filter((buffer) => buffer.role === "constant").map((buffer) => buffer.name));
    return { plan, constants: new Map([...this.#constants].filter(([name]) => kept.has(name))) };
  }

  /** Make the buffers of outputs the graph's; one that is also an input, a constant or another output is copied. */
  #outputs(): void {
    for (const [name, operand] of this.graph.outputs) {
      const number = this.value(operand).buffer;
      const buffer = this.#buffers[number];
      if (buffer.role === "temporary") this.#buffers[number] = { ...buffer, role: "output", name };
      else this.copy(number, this.#buffer("output", buffer.data_type, buffer.size, name));
    }
  }
}

function sameBinding(a: Binding, b: Binding): boolean {
  return a.buffer === b.buffer && a.format === b.format && a.vectors === b.vectors && a.pieces.join() === b.pieces.join();
}
