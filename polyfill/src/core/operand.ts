import type { Op } from "./operator.js";
import type { DataType, OperandDescriptor, Shape } from "./types.js";
import { sizeOf } from "./types.js";

/** Where an operand comes from: a named input, the bytes of a constant, or one of an operator's outputs. */
export type Origin =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "constant"; readonly bytes: Uint8Array }
  | { readonly kind: "output"; readonly operator: Op; readonly index: number };

/** A value in a graph: the inside of an MLOperand. */
export class Operand {
  readonly dataType: DataType;
  readonly shape: Shape;

  constructor(
    readonly builder: object,
    readonly descriptor: OperandDescriptor,
    readonly origin: Origin,
  ) {
    this.dataType = descriptor.dataType;
    this.shape = descriptor.shape;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The operator that computes it. */
  get operator(): Op | undefined {
    return this.origin.kind === "output" ? this.origin.operator : undefined;
  }

  /** The bytes of a constant: little endian, two 4-bit elements a byte, the first in the low half. */
  get bytes(): Uint8Array | undefined {
    return this.origin.kind === "constant" ? this.origin.bytes : undefined;
  }

  /** The name of an input. */
  get inputName(): string | undefined {
    return this.origin.kind === "input" ? this.origin.name : undefined;
  }
}
