/** Records what is built with an MLGraphBuilder, as a graph document. */

import type {
  GraphDocument,
  MLContext,
  MLGraph,
  MLGraphBuilder,
  MLGraphBuilderConstructor,
  MLOperandDescriptor,
  OperatorDocument,
} from "../../src/document/index.js";
import { OPERATORS, type OperatorName, type OperatorRule } from "../../src/generated/operators.js";
import type { MLOperand } from "../../src/generated/types.js";

/** A graph that was built, with the descriptors of all its values, by their names in the document. */
export interface Recorded {
  readonly document: GraphDocument;
  readonly descriptors: Readonly<Record<string, MLOperandDescriptor>>;
  readonly graph: MLGraph;
}

/** A constructor of builders that do what those of another constructor do, and tell of every graph that is built. */
export function recording(Builder: MLGraphBuilderConstructor, onBuild: (recorded: Recorded) => void): MLGraphBuilderConstructor {
  return class {
    constructor(context: MLContext) {
      // biome-ignore lint/correctness/noConstructorReturn: the proxy stands for the builder, whatever methods that has
      return new Proxy(new Builder(context) as object, new Recorder(onBuild)) as MLGraphBuilder;
    }
  } as unknown as MLGraphBuilderConstructor;
}

class Recorder implements ProxyHandler<object> {
  private readonly names = new Map<MLOperand, string>();
  private readonly descriptors: Record<string, MLOperandDescriptor> = {};
  private readonly inputs: Record<string, MLOperandDescriptor> = {};
  private readonly constants: Record<string, MLOperandDescriptor> = {};
  private readonly operators: OperatorDocument[] = [];
  private count = 0;

  constructor(private readonly onBuild: (recorded: Recorded) => void) {}

  get(builder: object, property: string | symbol): unknown {
    const method: unknown = Reflect.get(builder, property, builder);
    if (typeof method !== "function" || typeof property !== "string") return method;
    return (...values: unknown[]) => this.call(property, values, () => method.apply(builder, values));
  }

  private call(name: string, values: unknown[], make: () => unknown): unknown {
    const result = make();
    if (name === "build") return (result as Promise<MLGraph>).then((graph) => this.built(values[0] as Record<string, MLOperand>, graph));
    if (name === "input") this.inputs[this.named(result as MLOperand, values[0] as string)] = descriptorOf(result as MLOperand);
    else if (name === "constant") this.constants[this.named(result as MLOperand, this.next("c"))] = descriptorOf(result as MLOperand);
    else if (Object.hasOwn(OPERATORS, name)) this.operator(name as OperatorName, values, result);
    return result;
  }

  private operator(operator: OperatorName, values: unknown[], result: unknown): void {
    const outputs = (Array.isArray(result) ? result : [result]) as MLOperand[];
    const members = membersOf(OPERATORS[operator], values);
    const written = Object.entries(members).map(([name, value]) => [name, this.written(value)]);
    this.operators.push({ ...Object.fromEntries(written), operator, outputs: outputs.map((o) => this.named(o, this.next("v"))) });
  }

  private written(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.written(item));
    if (typeof value === "bigint") return String(value);
    if (typeof value === "number" && !Number.isFinite(value)) return String(value);
    return this.names.get(value as MLOperand) ?? value;
  }

  private named(operand: MLOperand, name: string): string {
    this.names.set(operand, name);
    this.descriptors[name] = descriptorOf(operand);
    return name;
  }

  private next(prefix: string): string {
    return `${prefix}${this.count++}`;
  }

  private built(outputs: Record<string, MLOperand>, graph: MLGraph): MLGraph {
    const named = Object.entries(outputs).map(([name, operand]) => [name, this.names.get(operand) ?? ""]);
    const { inputs, constants, operators, descriptors } = this;
    this.onBuild({ document: { webnpu: 1, inputs, constants, operators, outputs: Object.fromEntries(named) }, descriptors, graph });
    return graph;
  }
}

function descriptorOf({ dataType, shape }: MLOperand): MLOperandDescriptor {
  return { dataType, shape: [...shape] };
}

/** The members of one use of an operator, from the arguments of its method: required ones by position, then the options. */
function membersOf(rule: OperatorRule, values: readonly unknown[]): Record<string, unknown> {
  const required = rule.members.filter((member) => member.required);
  const positional = required.map(({ name }, index) => [name, values[index]]);
  return { ...Object.fromEntries(positional), ...(values[required.length] as object | undefined) };
}
