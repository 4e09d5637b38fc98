/** The table of results: operators down, data types across. */

import { type Result, VALIDATION } from "../../src/document/index.js";
import { OPERATORS, type OperatorName } from "../../src/generated/operators.js";
import { ENUMERATIONS } from "../../src/generated/types.js";
import { element } from "../shared/dom.js";
import type { Part } from "./corpus.js";

const COLUMNS = [...ENUMERATIONS.MLOperandDataType, VALIDATION];

/** The states of a cell, the worst first. */
const STATES = ["error", "fail", "required", "refused", "pass"] as const;

/** What a result is: its verdict, or `required` for a refusal of what WebNN requires. */
export type State = (typeof STATES)[number];

/** The state of one result. */
export function stateOf({ verdict, required }: Result): State {
  return verdict === "refused" && required ? "required" : verdict;
}

interface Cell {
  readonly place: HTMLTableCellElement;
  readonly results: Result[];
}

/** The table. */
export class ResultTable {
  private readonly cells = new Map<string, Cell>();
  private readonly rows = new Map<string, HTMLTableRowElement>();
  private readonly changed = new Set<Cell>();

  /**
   * @param table where to put it
   * @param parts its rows
   * @param onOpen called when a cell is opened
   */
  constructor(
    private readonly table: HTMLTableElement,
    parts: readonly Part[],
    private readonly onOpen: (title: string, results: readonly Result[]) => void,
  ) {
    const heads = COLUMNS.map((title) => element("th", { scope: "col" }, title));
    table.replaceChildren(
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "operator"), ...heads)),
      ...this.families(parts),
    );
  }

  /** The rows, by the chapters of the specification. */
  private families(parts: readonly Part[]): HTMLTableSectionElement[] {
    const families = new Map<string, Part[]>();
    for (const part of parts) {
      const family = OPERATORS[part.operator as OperatorName]?.family ?? "several operators";
      families.set(family, [...(families.get(family) ?? []), part]);
    }
    return [...families].map(([family, members]) => {
      const title = element("th", { scope: "rowgroup", class: "family", colSpan: COLUMNS.length + 1 }, family.replace("_", " "));
      return element("tbody", {}, element("tr", {}, title), ...members.map((part) => this.row(part)));
    });
  }

  private row({ operator }: Part): HTMLTableRowElement {
    const title = operator.startsWith("_") ? "whole graphs" : operator;
    const row = element("tr", {}, element("th", { scope: "row" }, title));
    for (const column of COLUMNS) {
      const place = element("td");
      this.cells.set(`${operator} ${column}`, { place, results: [] });
      row.append(place);
    }
    this.rows.set(operator, row);
    return row;
  }

  /** Forget all results. */
  clear(): void {
    for (const cell of this.cells.values()) {
      cell.results.length = 0;
      cell.place.className = "";
      cell.place.replaceChildren();
    }
  }

  /** Take in a result; it is shown by the next `draw`. */
  add(operator: string, result: Result): void {
    const cell = this.cells.get(`${operator} ${result.type}`);
    cell?.results.push(result);
    if (cell) this.changed.add(cell);
  }

  /** Show what was added. */
  draw(): void {
    for (const cell of this.changed) this.drawCell(cell);
    this.changed.clear();
  }

  /** Show the rows of some operators only; of those, if wanted, only the ones with problems. */
  filter(text: string, onlyProblems: boolean): void {
    for (const [operator, row] of this.rows) {
      const hasProblem = row.querySelector(".fail, .error, .required") !== null;
      row.hidden = !operator.toLowerCase().includes(text.toLowerCase()) || (onlyProblems && !hasProblem);
    }
    for (const body of this.table.tBodies) body.hidden = [...body.rows].slice(1).every(({ hidden }) => hidden);
  }

  private drawCell({ place, results }: Cell): void {
    const state = STATES.find((state) => results.some((result) => stateOf(result) === state)) ?? "pass";
    const passed = results.filter(({ verdict }) => verdict === "pass").length;
    const ulp = Math.max(...results.map((result) => result.ulp ?? 0));
    const isValidation = results[0].type === VALIDATION;
    const count = passed === results.length ? String(passed) : `${passed}/${results.length}`;
    const title = `${results[0].operator}, ${results[0].type}`;
    const button = element("button", { type: "button", "aria-label": `${title}: ${count} passed, worst ${ulp} ULP` }, count);
    if (!isValidation && ulp > 0) button.append(element("span", { class: "ulp" }, `${written(ulp)} ulp`));
    button.addEventListener("click", () => this.onOpen(title, results));
    place.className = state;
    place.replaceChildren(button);
  }
}

function written(ulp: number): string {
  return ulp < 10_000 ? String(ulp) : ulp.toExponential(0).replace("e+", "e");
}
