/** Draws a graph document as SVG. */

import type { GraphDocument, MLOperandDescriptor, OperatorDocument, OperatorReceipt } from "../../src/document/index.js";
import { OPERATORS, type OperatorName } from "../../src/generated/operators.js";
import { milliseconds, svg } from "./dom.js";
import { type Arrow, type Box, layOut, type Place } from "./layout.js";

const CHARACTER = 6.9;
const LINE = 15;
const MARGIN = 8;
/** More operators than these are not drawn: nobody could read it. */
const MOST = 400;

interface Drawn extends Box {
  readonly kind: "input" | "operator" | "output";
  readonly title: string;
  readonly lines: readonly string[];
  /** Everything about it, for who points at it. */
  readonly about: string;
}

type Descriptors = Readonly<Record<string, MLOperandDescriptor>>;

/**
 * Draw a graph.
 *
 * @param document the graph
 * @param descriptors those of its values, as far as they are known
 * @param receipts how each operator was run, in the order of the document, if it was
 */
export function draw(
  document: GraphDocument,
  descriptors: Descriptors,
  receipts: readonly OperatorReceipt[] = [],
): SVGSVGElement | HTMLElement {
  if (document.operators.length > MOST) {
    const note = globalThis.document.createElement("p");
    note.className = "quiet";
    note.textContent = `${document.operators.length} operators: too many to draw.`;
    return note;
  }
  const boxes = boxesOf(document, descriptors, receipts);
  const arrows = arrowsOf(document, new Set(boxes.map(({ id }) => id)));
  const { places, paths, width, height } = layOut(boxes, arrows);
  const drawn = svg("svg", {
    class: "graph",
    role: "img",
    "aria-label": `Graph of ${document.operators.length} operators`,
    viewBox: `${-MARGIN} ${-MARGIN} ${width + 2 * MARGIN} ${height + 2 * MARGIN}`,
    width: width + 2 * MARGIN,
    height: height + 2 * MARGIN,
  });
  const heights = new Map(boxes.map(({ id, height }) => [id, height]));
  arrows.forEach(({ from, to }, index) => {
    drawn.append(svg("path", { class: "arrow", d: curve(paths[index], heights.get(from) ?? 0, heights.get(to) ?? 0) }));
  });
  const slowest = Math.max(...receipts.map((receipt) => receipt.milliseconds ?? 0));
  boxes.forEach((box) => {
    drawn.append(nodeOf(box, places.get(box.id) ?? { x: 0, y: 0 }, heat(box, receipts, slowest)));
  });
  return drawn;
}

function boxesOf(document: GraphDocument, descriptors: Descriptors, receipts: readonly OperatorReceipt[]): Drawn[] {
  const inputs = Object.entries(document.inputs).map(([name, descriptor]) => box(`in ${name}`, "input", name, [typed(descriptor)]));
  const operators = document.operators.map((members, index) => {
    const receipt = receipts[index]?.operator === members.operator ? receipts[index] : undefined;
    const time = receipt?.milliseconds === undefined ? undefined : `${milliseconds(receipt.milliseconds)} ms`;
    const lines = [members.label, weights(members, document), shapes(members, descriptors), time].filter((line): line is string => !!line);
    return box(`op ${index}`, "operator", members.operator, lines, about(members, receipt));
  });
  const outputs = Object.entries(document.outputs).map(([name, value]) => {
    const descriptor = descriptors[value];
    return box(`out ${name}`, "output", name, descriptor ? [typed(descriptor)] : []);
  });
  return [...inputs, ...operators, ...outputs];
}

function box(id: string, kind: Drawn["kind"], title: string, lines: readonly string[], more = ""): Drawn {
  const shown = lines.map((line) => (line.length > 34 ? `${line.slice(0, 33)}…` : line));
  const longest = Math.max(title.length * 1.12, ...shown.map((line) => line.length * 0.93));
  const about = [`${kind} ${title}`, ...lines, more].filter(Boolean).join("\n");
  return { id, kind, title, lines: shown, about, width: Math.max(64, longest * CHARACTER + 24), height: LINE * (lines.length + 1) + 14 };
}

function typed({ dataType, shape }: MLOperandDescriptor): string {
  return `${dataType} ${shape.length ? shape.join("×") : "scalar"}`;
}

function shapes({ outputs }: OperatorDocument, descriptors: Descriptors): string {
  const known = outputs.flatMap((name) => (descriptors[name] ? [descriptors[name].shape.join("×") || "scalar"] : []));
  return known.length ? `→ ${known.join(", ")}` : "";
}

/** The constants that an operator takes, which get no node of their own. */
function weights(members: OperatorDocument, document: GraphDocument): string {
  const names = operandNames(members).filter((name) => document.constants?.[name]);
  return names.map((name) => `▪ ${document.constants?.[name].shape.join("×") || "scalar"}`).join("  ");
}

function about(members: OperatorDocument, receipt: OperatorReceipt | undefined): string {
  const { operator: _, outputs: __, ...rest } = members;
  const given = Object.entries(rest).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return [...given, receipt?.by && `run by ${receipt.by}${receipt.reason ? `: ${receipt.reason}` : ""}`].filter(Boolean).join("\n");
}

/** The values that an operator takes, as its document names them. */
export function operandNames(members: OperatorDocument): string[] {
  const rule = OPERATORS[members.operator as OperatorName];
  const operands = rule.members.filter(({ kind, name }) => kind === "MLOperand" && members[name] !== undefined);
  return operands.flatMap(({ name }) => members[name] as string | string[]);
}

function arrowsOf(document: GraphDocument, known: ReadonlySet<string>): Arrow[] {
  const makers = new Map(Object.keys(document.inputs).map((name) => [name, `in ${name}`]));
  document.operators.forEach(({ outputs }, index) => {
    for (const name of outputs) makers.set(name, `op ${index}`);
  });
  const arrow = (value: string, to: string): Arrow[] => {
    const from = makers.get(value);
    return from && known.has(to) ? [{ from, to }] : [];
  };
  const between = document.operators.flatMap((members, index) =>
    [...new Set(operandNames(members))].flatMap((name) => arrow(name, `op ${index}`)),
  );
  return [...between, ...Object.entries(document.outputs).flatMap(([name, value]) => arrow(value, `out ${name}`))];
}

/** A curve through points, from the bottom of the first box to the top of the last. */
function curve(points: readonly Place[], first: number, last: number): string {
  const path = points.map(({ x, y }) => ({ x, y }));
  path[0].y += first / 2;
  path[path.length - 1].y -= last / 2;
  const parts = path.slice(1).map(({ x, y }, index) => {
    const { x: fromX, y: fromY } = path[index];
    const half = (fromY + y) / 2;
    return `C${fromX},${half} ${x},${half} ${x},${y}`;
  });
  return `M${path[0].x},${path[0].y}${parts.join("")}`;
}

/** The share of the slowest operator's time that an operator took, from 0 to 1. */
function heat({ id, kind }: Drawn, receipts: readonly OperatorReceipt[], slowest: number): number {
  const receipt = kind === "operator" ? receipts[Number(id.slice(3))] : undefined;
  return slowest > 0 ? (receipt?.milliseconds ?? 0) / slowest : 0;
}

function nodeOf({ kind, title, lines, about, width, height }: Drawn, { x, y }: Place, heat: number): SVGGElement {
  const group = svg("g", { class: `node ${kind}`, transform: `translate(${x - width / 2} ${y - height / 2})` }, svg("title", {}, about));
  group.append(svg("rect", { width, height, rx: kind === "operator" ? 7 : height / 2 }));
  if (heat) group.append(svg("rect", { class: "heat", x: 10, y: height - 6, height: 2, rx: 1, width: (width - 20) * heat }));
  const middle = { x: width / 2, "text-anchor": "middle" };
  group.append(svg("text", { ...middle, y: LINE + 5, class: "title" }, title));
  lines.forEach((line, index) => {
    group.append(svg("text", { ...middle, y: LINE * (index + 2) + 4 }, line));
  });
  return group;
}
