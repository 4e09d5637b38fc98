/** The playground: an editor on the left; the graph, its outputs and its operators on the right. */

import { described } from "../../src/document/index.js";
import { byId, element, milliseconds } from "../shared/dom.js";
import { draw } from "../shared/drawing.js";
import { BackendChoice, frame } from "../shared/frame.js";
import { showTensor } from "../shared/outputs.js";
import { showReceipt } from "../shared/receipts.js";
import { Editor } from "./editor.js";
import { DOCUMENTS, PROGRAMS } from "./examples.js";
import { type Outcome, runDocument, runProgram } from "./program.js";

type Language = "code" | "document";

const EXAMPLES = { code: PROGRAMS, document: DOCUMENTS };
const choice = new BackendChoice(() => void run());
frame("playground", choice);

const editor = new Editor(byId("editor", "div"), () => void run());
const examples = byId("example", "select");
const status = byId("status", "output");
const buttons = { code: byId("as-code", "button"), document: byId("as-document", "button") };
const runButton = byId("run", "button");
const texts: Record<Language, string> = { code: PROGRAMS[0].text, document: DOCUMENTS[0].text };
let language: Language = "code";

function setLanguage(chosen: Language): void {
  language = chosen;
  for (const [name, button] of Object.entries(buttons)) button.setAttribute("aria-pressed", String(name === chosen));
  examples.replaceChildren(...EXAMPLES[chosen].map(({ title }, index) => element("option", { value: String(index) }, title)));
  editor.text = texts[chosen];
}

async function run(): Promise<void> {
  if (runButton.disabled) return;
  texts[language] = editor.text;
  runButton.disabled = true;
  status.className = "message quiet";
  status.textContent = `Running on ${choice.title} …`;
  const outcome: Outcome = { outputs: [] };
  try {
    const { implementation } = await choice.context();
    const machine = { implementation, fresh: choice.fresh.bind(choice) };
    await (language === "code" ? runProgram : runDocument)(editor.text, machine, outcome);
    const time = outcome.milliseconds === undefined ? "" : ` in ${milliseconds(outcome.milliseconds)} ms`;
    status.textContent = `Done on ${choice.title}${time}`;
  } catch (error) {
    status.className = "message bad";
    status.textContent = described(error);
  } finally {
    show(outcome);
    runButton.disabled = false;
  }
}

function show({ recorded, outputs, receipt, milliseconds: time }: Outcome): void {
  const nothing = (text: string) => element("p", { class: "quiet" }, text);
  const graph = byId("graph", "div");
  if (recorded) {
    graph.replaceChildren(draw(recorded.document, recorded.descriptors, receipt?.operators));
    byId("graph-about", "span").textContent = `${recorded.document.operators.length} operators`;
  } else {
    graph.replaceChildren(nothing("No graph was built."));
    byId("graph-about", "span").textContent = "";
  }
  byId("outputs", "div").replaceChildren(...(outputs.length ? outputs.map(showTensor) : [nothing("Nothing came out.")]));
  byId("outputs-about", "span").textContent = time === undefined ? "" : `${milliseconds(time)} ms, tensors included`;
  byId("times", "div").replaceChildren(recorded ? showReceipt(receipt) : nothing("Nothing was run."));
  byId("times-about", "span").textContent = receipt?.device ?? "";
}

for (const name of ["code", "document"] as const) {
  buttons[name].addEventListener("click", () => {
    texts[language] = editor.text;
    setLanguage(name);
    void run();
  });
}
examples.addEventListener("change", () => {
  editor.text = EXAMPLES[language][Number(examples.value)].text;
  void run();
});
runButton.addEventListener("click", () => void run());
setLanguage("code");
void run();
