/** Prints an exported plan as the runtime reads it: descriptors, plan, and the words of its constants; or what is wrong with the file. */

import { readFileSync } from "node:fs";
import { GraphFileError } from "../../src/core/errors.js";
import { parseExported } from "../../src/webgpu/exported.js";

function contents(path: string): unknown {
  try {
    const { lowered, inputs, outputs } = parseExported(readFileSync(path));
    const constants = [...lowered.constants].map(([name, words]) => [name, [...words]]);
    return {
      inputs: Object.fromEntries(inputs),
      outputs: Object.fromEntries(outputs),
      plan: lowered.plan,
      constants: Object.fromEntries(constants),
    };
  } catch (error) {
    if (error instanceof GraphFileError) return { error: error.message };
    throw error;
  }
}

console.log(JSON.stringify(process.argv.slice(2).map(contents)));
