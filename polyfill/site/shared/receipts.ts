/** A receipt as a table: what ran each operator, and how long it took. */

import type { Receipt } from "../../src/document/index.js";
import { element, milliseconds } from "./dom.js";

/** The table of a receipt, or a word where there is none. */
export function showReceipt(receipt: Receipt | undefined): HTMLElement {
  if (!receipt) return element("p", { class: "quiet" }, "This implementation does not say how it runs operators.");
  const slowest = Math.max(...receipt.operators.map((entry) => entry.milliseconds ?? 0));
  const isTimed = slowest > 0;
  const columns = ["operator", "run by", ...(isTimed ? ["ms", ""] : [])];
  const head = element("tr", {}, ...columns.map((title) => element("th", { scope: "col", class: title === "ms" ? "number" : "" }, title)));
  const rows = receipt.operators.map(({ operator, label, by, reason, milliseconds: time }) => {
    const track = element("span", { class: "track" });
    track.style.width = `${(100 * (time ?? 0)) / (slowest || 1)}%`;
    const timed = [
      element("td", { class: "number" }, time === undefined ? "" : milliseconds(time)),
      element("td", {}, time ? track : null),
    ];
    return element(
      "tr",
      {},
      element("td", {}, operator, label ? element("span", { class: "quiet" }, ` ${label}`) : null),
      element("td", {}, element("code", {}, by), reason ? element("span", { class: "quiet small" }, ` ${reason}`) : null),
      ...(isTimed ? timed : []),
    );
  });
  const notes = receipt.notes.map((note) => element("p", { class: "quiet small" }, note));
  return element("div", {}, element("table", { class: "times" }, element("thead", {}, head), element("tbody", {}, ...rows)), ...notes);
}
