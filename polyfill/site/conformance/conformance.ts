/** The conformance suite in the page: the corpus on what is chosen, with a table and a report. */

import { described, type MLOpSupportLimits, type Result, runCase, runRejection } from "../../src/document/index.js";
import { byId, download, element, pause } from "../shared/dom.js";
import { BackendChoice, frame } from "../shared/frame.js";
import type { Opened } from "../shared/implementations.js";
import { type Part, readCases, readIndex, readRejections } from "./corpus.js";
import { ResultTable, stateOf } from "./table.js";

const STATES = { pass: "pass", fail: "fail", error: "error", required: "refused, though required", refused: "refused" };
/** How often the page is drawn anew, in milliseconds. */
const FRAME = 100;

const choice = new BackendChoice(() => reset());
frame("conformance", choice);

const start = byId("start", "button");
const filter = byId("filter", "input");
const onlyProblems = byId("problems", "input");
const save = byId("download", "button");
const message = byId("message", "p");
const details = byId("details", "dialog");

let results: Result[] = [];
let device = "";
let isRunning = false;
let isStopped = false;
let parts: Part[] = [];
let table: ResultTable | undefined;

async function prepare(): Promise<void> {
  try {
    parts = await readIndex();
    table = new ResultTable(byId("results", "table"), parts, open);
  } catch (error) {
    message.textContent = `The corpus cannot be read: ${described(error)}`;
    start.disabled = true;
  }
}

function reset(): void {
  isStopped = true;
  results = [];
  table?.clear();
  showProgress(0, 1, "");
  byId("summary", "ul").replaceChildren();
  save.disabled = true;
  message.textContent = "";
}

async function run(): Promise<void> {
  reset();
  isStopped = false;
  isRunning = true;
  start.textContent = "Stop";
  const chosen = parts.filter(({ operator }) => operator.toLowerCase().includes(filter.value.toLowerCase()));
  try {
    const opened = await choice.context();
    device = opened.device;
    await runParts(opened, chosen);
  } catch (error) {
    message.textContent = described(error);
  } finally {
    isRunning = false;
    start.textContent = filter.value ? "Run these" : "Run all";
    save.disabled = results.length === 0;
    table?.draw();
    applyFilter();
  }
}

async function runParts(opened: Opened, chosen: readonly Part[]): Promise<void> {
  const total = chosen.reduce((sum, part) => sum + part.cases + part.rejections, 0);
  const limits = opened.context.opSupportLimits();
  const began = performance.now();
  let drawn = 0;
  for (const part of chosen) {
    for await (const result of resultsOf(opened, limits, part)) {
      if (isStopped) return;
      results.push(result);
      table?.add(part.operator, result);
      if (performance.now() - drawn > FRAME || results.length === total) {
        drawn = performance.now();
        const seconds = ((drawn - began) / 1000).toFixed(drawn - began < 10_000 ? 1 : 0);
        showProgress(results.length, total, `${results.length} of ${total} · ${seconds} s`);
        showSummary();
        table?.draw();
        await pause();
      }
    }
  }
}

async function* resultsOf({ implementation, context }: Opened, limits: MLOpSupportLimits, part: Part): AsyncGenerator<Result> {
  for (const each of await readCases(part)) yield runCase(implementation, context, limits, each);
  for (const each of await readRejections(part)) yield runRejection(implementation, context, each);
}

function showProgress(done: number, total: number, text: string): void {
  Object.assign(byId("progress", "progress"), { max: total, value: done });
  byId("progress-text", "output").textContent = text;
}

function showSummary(): void {
  const counts = new Map<string, number>();
  for (const result of results) counts.set(stateOf(result), (counts.get(stateOf(result)) ?? 0) + 1);
  const items = Object.entries(STATES).flatMap(([state, words]) => {
    const count = counts.get(state) ?? 0;
    return count || state === "pass" || state === "fail"
      ? [element("li", {}, element("strong", { class: count ? state : "quiet" }, String(count)), ` ${words}`)]
      : [];
  });
  byId("summary", "ul").replaceChildren(...items);
}

function applyFilter(): void {
  table?.filter(filter.value, onlyProblems.checked);
  if (!isRunning) start.textContent = filter.value ? "Run these" : "Run all";
}

function open(title: string, cases: readonly Result[]): void {
  byId("details-title", "h2").textContent = title;
  const order = Object.keys(STATES);
  const sorted = cases.toSorted(
    (a, b) => Number(a.verdict === "pass") - Number(b.verdict === "pass") || order.indexOf(a.verdict) - order.indexOf(b.verdict),
  );
  const items = sorted.map((result) => {
    const distance = result.ulp === null || result.verdict !== "pass" ? "" : ` · ${result.ulp} ULP of ${result.bound ?? 0}`;
    return element(
      "li",
      {},
      element("strong", { class: stateOf(result) }, result.verdict),
      ` ${result.id}`,
      element("span", { class: "quiet small" }, distance),
      result.reason ? element("div", { class: "message quiet" }, result.reason) : null,
    );
  });
  byId("details-body", "div").replaceChildren(element("ul", {}, ...items));
  details.showModal();
}

/** The report that \`webnpu conformance --json\` writes too. */
function report(): string {
  const summary = { pass: 0, fail: 0, refused: 0, error: 0, disputed: 0 };
  for (const { verdict } of results) summary[verdict]++;
  const cases = results.map(({ bound, ...result }) => ({ ...result, bound, absolute: null, absoluteBound: null }));
  const backend = { device: `${device}, in ${navigator.userAgent}`, versions: {}, summary, cases };
  const suite = `${results.length} cases and rejections`;
  return JSON.stringify({ webnpu: "", created: new Date().toISOString(), suite, backends: { [`page:${choice.name}`]: backend } });
}

start.addEventListener("click", () => {
  if (isRunning) isStopped = true;
  else void run();
});
filter.addEventListener("input", applyFilter);
onlyProblems.addEventListener("change", applyFilter);
save.addEventListener("click", () => download(`webnn-conformance-${choice.name}.json`, report()));
byId("details-close", "button").addEventListener("click", () => details.close());
await prepare();
