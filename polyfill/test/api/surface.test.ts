/** The surface of all interfaces and dictionaries is that of the WebIDL. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type IDLType, parse } from "webidl2";
import { createML, INTERFACES, MLGraphBuilder } from "../../src/api/index.js";
import type { MLContext } from "../../src/api/types.js";
import { ENUMERATIONS } from "../../src/generated/types.js";
import { fakeContext } from "./fake.js";
import { EXTENSIONS, faultsOf } from "./surface.js";

const IDL = readFileSync(new URL("../../../spec/webnpu.webidl", import.meta.url), "utf8");
const DEFINITIONS = parse(IDL);

/** One object of each interface. */
async function instances(context: MLContext): Promise<Record<string, object>> {
  const descriptor = { dataType: "float32", shape: [1] } as const;
  const MLTensor = await context.createTensor(descriptor);
  const builder = new MLGraphBuilder(context);
  const MLOperand = builder.neg(builder.input("x", descriptor));
  const MLGraph = await builder.build({ y: MLOperand });
  return { ML: createML(), MLContext: context, MLGraph, MLGraphBuilder: builder, MLOperand, MLTensor };
}

/** The interfaces as properties of an object, as they are in a global scope. */
function exposed(): object {
  const entries = Object.entries(INTERFACES).map(([name, value]) => [name, { value, writable: true, configurable: true }]);
  return Object.defineProperties({}, Object.fromEntries(entries));
}

test("every interface", async () => {
  const objects = await instances(fakeContext().context);
  expect(await faultsOf(DEFINITIONS, exposed(), objects, EXTENSIONS)).toEqual([]);
});

const dictionaries = new Map<string, { inheritance: string | null; names: string[] }>();
for (const definition of DEFINITIONS) {
  if (definition.type !== "dictionary") continue;
  const { inheritance, names } = dictionaries.get(definition.name) ?? { inheritance: null, names: [] };
  const own = definition.members.map((member) => member.name);
  dictionaries.set(definition.name, { inheritance: definition.inheritance ?? inheritance, names: [...names, ...own] });
}

/** A dictionary's members in the order in which WebIDL reads them. */
function membersOf(name: string): string[] {
  const { inheritance, names } = dictionaries.get(name) ?? { inheritance: null, names: [] };
  return [...(inheritance ? membersOf(inheritance) : []), ...names.sort()];
}

/** A value that converts to an IDL type. */
function sampleOf(type: IDLType, operand: object): unknown {
  if (type.generic === "sequence") return [sampleOf((type.idlType as readonly IDLType[])[0], operand)];
  if (type.union) return sampleOf((type.idlType as readonly IDLType[])[0], operand);
  const name = type.idlType as string;
  if (name === "MLOperand") return operand;
  return name in ENUMERATIONS ? ENUMERATIONS[name as keyof typeof ENUMERATIONS][0] : 1;
}

const operators = DEFINITIONS.flatMap((definition) =>
  definition.type === "interface" && definition.name === "MLGraphBuilder" ? definition.members : [],
).flatMap((member) => {
  const last = member.type === "operation" ? member.arguments.at(-1) : undefined;
  return last?.name === "options" ? [{ name: member.name, args: member.arguments }] : [];
});

describe("the options of operators", () => {
  test("are those of 95 methods", () => expect(operators).toHaveLength(95));

  test.each(operators.map((operator) => [operator.name, operator] as const))("%s reads them in WebIDL's order", (name, { args }) => {
    const builder = new MLGraphBuilder(fakeContext().context);
    const operand = builder.input("x", { dataType: "float32", shape: [1] });
    const values = args.slice(0, -1).map((argument) => sampleOf(argument.idlType, operand));
    const read: PropertyKey[] = [];
    const spy = new Proxy({}, { get: (_target, key) => (read.push(key) ? undefined : undefined) });
    const method = Reflect.get(builder, name) as (...values: unknown[]) => unknown;
    try {
      method.apply(builder, [...values, spy]);
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
    }
    const current = read.filter((key) => key !== "roundingType"); // the older name of outputShapeRounding
    expect(current).toEqual(membersOf(args[args.length - 1].idlType.idlType as string));
  });
});

test("every enumeration", () => {
  for (const definition of DEFINITIONS) {
    if (definition.type !== "enum" || !(definition.name in ENUMERATIONS)) continue;
    const words = definition.values.map((value) => value.value);
    expect(words).toEqual([...ENUMERATIONS[definition.name as keyof typeof ENUMERATIONS]]);
  }
});

test("what a context supports has a member for each of the IDL's", () => {
  const limits = fakeContext().context.opSupportLimits();
  expect(Object.keys(limits).sort()).toEqual(membersOf("MLOpSupportLimits"));
  for (const definition of DEFINITIONS) {
    if (definition.type !== "dictionary" || definition.name !== "MLOpSupportLimits") continue;
    for (const { name, idlType } of definition.members) {
      const wanted = membersOf(idlType.idlType as string);
      if (wanted.length) expect(Object.keys(Reflect.get(limits, name) as object).sort(), name).toEqual(wanted);
    }
  }
});
