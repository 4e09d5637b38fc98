/**
 * Prints, for a file of plans by name, the SHA-256 of each step's shader, without and with the device's own float16, for the
 * comparison with Python's texts.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plan } from "../../src/webgpu/plan.js";
import { shader } from "../../src/webgpu/prelude.js";
import { isCommand } from "../../src/webgpu/runtime.js";

function texts(plan: Plan): string[] {
  const kernels = plan.steps.filter((step) => !isCommand(step));
  return kernels.map((step) => {
    const both = [shader(plan, step), shader(plan, step, true)];
    return createHash("sha256").update(both.join("\n")).digest("hex");
  });
}

const plans: Record<string, Plan> = JSON.parse(readFileSync(process.argv[2], "utf8"));
console.log(JSON.stringify(Object.fromEntries(Object.entries(plans).map(([name, plan]) => [name, texts(plan)]))));
