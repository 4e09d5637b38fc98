/** Runs the corpus on the plain backend in whatever browser opens the page, and posts what came of it. */

import { type Case, type Implementation, type Rejection, type Result, runCase, runRejection } from "../../../src/document/index.js";
import { createML, MLGraphBuilder } from "../../../src/index.js";

const every = Number(new URL(location.href).searchParams.get("every"));

async function read<T>(kind: string, name: string): Promise<T[]> {
  const { cases } = (await (await fetch(`/corpus/${kind}/${name}`)).json()) as { cases: T[] };
  return cases.filter((_, index) => index % every === 0);
}

async function run(): Promise<{ counts: Record<string, number>; problems: string[]; timers: number }> {
  const implementation = { ml: createML(), MLGraphBuilder } as unknown as Implementation;
  const context = await implementation.ml.createContext({ accelerated: false });
  const limits = context.opSupportLimits();
  const names: { cases: string[]; validation: string[] } = await (await fetch("/corpus/names")).json();
  const counts: Record<string, number> = {};
  const problems: string[] = [];
  let timers = 0;
  setInterval(() => timers++, 20);
  const judge = ({ id, verdict, reason }: Result): void => {
    counts[verdict] = (counts[verdict] ?? 0) + 1;
    if (verdict !== "pass") problems.push(`${id}: ${verdict}: ${reason}`);
  };
  for (const name of names.cases) {
    for (const each of await read<Case>("cases", name)) judge(await runCase(implementation, context, limits, each));
  }
  for (const name of names.validation) {
    for (const each of await read<Rejection>("validation", name)) judge(runRejection(implementation, context, each));
  }
  return { counts, problems: problems.slice(0, 20), timers };
}

run()
  .catch((error: Error) => ({ counts: {}, problems: [error.stack ?? error.message], timers: 0 }))
  .then((report) => fetch("/report", { method: "POST", body: JSON.stringify({ ...report, agent: navigator.userAgent }) }));
