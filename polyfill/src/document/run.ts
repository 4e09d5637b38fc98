/** Runs a graph document once: build, tensors in, dispatch, tensors out. */

import { addDocument, type GraphDocument, outputsOf } from "./document.js";
import { byteLengthOf, viewOf } from "./elements.js";
import type { Implementation, MLContext, MLGraph, MLOperandDescriptor, MLOpSupportLimits, MLTensor } from "./webnn.js";

/** A graph that was built on a context, with the descriptors that its tensors need. */
export interface Built {
  readonly graph: MLGraph;
  readonly inputs: Readonly<Record<string, MLOperandDescriptor>>;
  readonly outputs: Readonly<Record<string, MLOperandDescriptor>>;
}

/** Options of `buildDocument`. */
export interface BuildOptions {
  /** What the context supports; what is outside of it is a `Refusal`. */
  readonly limits?: MLOpSupportLimits;
  /** The descriptors of the operators' outputs, where they are known. */
  readonly descriptors?: Readonly<Record<string, MLOperandDescriptor>>;
}

/**
 * Build a document's graph on a context.
 *
 * @param implementation whose builder to take
 * @param context where to build
 * @param document the graph
 * @param constants the bytes of each constant
 */
export async function buildDocument(
  implementation: Implementation,
  context: MLContext,
  document: GraphDocument,
  constants: Readonly<Record<string, Uint8Array>>,
  { limits, descriptors }: BuildOptions = {},
): Promise<Built> {
  const builder = new implementation.MLGraphBuilder(context);
  const values = addDocument(builder, document, constants, limits, descriptors);
  const operands = outputsOf(document, values);
  const graph = await builder.build(operands);
  const outputs = Object.entries(operands).map(([name, { dataType, shape }]) => [name, { dataType, shape: [...shape] }]);
  return { graph, inputs: document.inputs, outputs: Object.fromEntries(outputs) };
}

/** Compute the outputs of a graph from the bytes of its inputs, in tensors of their own. */
export async function computeOnce(
  context: MLContext,
  { graph, inputs, outputs }: Built,
  given: Readonly<Record<string, Uint8Array>>,
): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const tensors: MLTensor[] = [];
  const create = async (descriptors: Readonly<Record<string, MLOperandDescriptor>>, flag: "readable" | "writable") => {
    const made: Record<string, MLTensor> = {};
    for (const [name, descriptor] of Object.entries(descriptors)) {
      made[name] = await context.createTensor({ ...descriptor, [flag]: true });
      tensors.push(made[name]);
    }
    return made;
  };
  try {
    const from = await create(inputs, "writable");
    const to = await create(outputs, "readable");
    for (const [name, tensor] of Object.entries(from)) write(context, tensor, inputs[name], given[name]);
    context.dispatch(graph, from, to);
    const reads = Object.entries(to).map(async ([name, tensor]) => [name, new Uint8Array(await context.readTensor(tensor))] as const);
    return Object.fromEntries(await Promise.all(reads));
  } finally {
    for (const tensor of tensors) tensor.destroy();
  }
}

/** Copy bytes into a tensor, as the view that its data type asks for. */
export function write(context: MLContext, tensor: MLTensor, descriptor: MLOperandDescriptor, bytes: Uint8Array | undefined): void {
  const expected = byteLengthOf(descriptor);
  if (bytes?.length !== expected) throw new RangeError(`expected ${expected} bytes; got ${bytes?.length ?? "none"}`);
  context.writeTensor(tensor, viewOf(bytes, descriptor.dataType));
}
