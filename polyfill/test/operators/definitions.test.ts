/** The rules in code are complete: each constraint that the generated data name. */

import { expect, test } from "vitest";
import type { Definition } from "../../src/core/operator.js";
import { OPERATORS, type OperatorName } from "../../src/generated/operators.js";
import { DEFINITIONS } from "../../src/operators/index.js";

const definitions = Object.entries(DEFINITIONS) as [OperatorName, Definition<OperatorName>][];

test("every operator is defined, in the order of the specification", () => {
  expect(definitions.map(([name]) => name)).toEqual(Object.keys(OPERATORS));
});

test.each(definitions)("%s has a check for each constraint, in order", (name, definition) => {
  expect(Object.keys(definition.constraints)).toEqual(OPERATORS[name].constraints.map(({ label }) => label));
});
