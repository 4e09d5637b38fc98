/** Runs graphs on the plain backend. */

import type { Backend } from "../../src/core/backend.js";
import { GraphBuilder } from "../../src/core/builder.js";
import type { Graph } from "../../src/core/graph.js";
import type { Operand } from "../../src/core/operand.js";
import type { OperandDescriptor } from "../../src/core/types.js";

const USAGE = { readable: true, writable: true, exportable: false };

/** The outputs' bytes from the inputs' bytes, by name. */
export async function run(
  backend: Backend,
  graph: Graph,
  given: Readonly<Record<string, Uint8Array>>,
): Promise<Record<string, Uint8Array>> {
  const program = await backend.compile(graph);
  const tensors = async (operands: ReadonlyMap<string, Operand>) => {
    const made = [...operands].map(async ([name, { descriptor }]) => [name, await backend.createTensor(descriptor, USAGE)] as const);
    return new Map(await Promise.all(made));
  };
  const [inputs, outputs] = [await tensors(graph.inputs), await tensors(graph.outputs)];
  for (const [name, tensor] of inputs) tensor.write(given[name]);
  program.dispatch(inputs, outputs);
  program.destroy();
  const read = [...outputs].map(async ([name, tensor]) => [name, await tensor.read()] as const);
  const results = Object.fromEntries(await Promise.all(read));
  for (const tensor of [...inputs.values(), ...outputs.values()]) tensor.destroy();
  return results;
}

/** The bytes of any typed array. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** A graph of one operator whose first operands are inputs, x0 and so on, and whose outputs are y0 and so on. */
export function graphOf(
  descriptors: readonly OperandDescriptor[],
  build: (b: GraphBuilder, operands: Operand[]) => readonly Operand[],
): Graph {
  const builder = new GraphBuilder();
  const operands = descriptors.map((descriptor, i) => builder.input(`x${i}`, descriptor));
  return builder.finish(new Map(build(builder, operands).map((operand, i) => [`y${i}`, operand])));
}
