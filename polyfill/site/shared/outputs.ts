/** Shows a tensor: as a table, and as a plot or an image where its shape suggests one. */

import type { MLNumber } from "../../src/generated/types.js";
import { element, svg } from "./dom.js";

/** A tensor to be shown. */
export interface Shown {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly numbers: readonly MLNumber[];
}

const MOST_ROWS = 32;
const MOST_COLUMNS = 16;
const MOST_BARS = 512;

type View = "table" | "plot" | "image";

/** An element that shows a tensor, with a choice of views. */
export function showTensor(tensor: Shown): HTMLElement {
  const views = viewsOf(tensor);
  const body = element("div", { class: "tensor-body scroll", tabIndex: 0, role: "region", "aria-label": `Elements of ${tensor.name}` });
  const buttons = views.map((view) => {
    const button = element("button", { type: "button" }, { table: "Table", plot: "Plot", image: "Image" }[view]);
    button.addEventListener("click", () => choose(view));
    return button;
  });
  const choose = (chosen: View) => {
    views.forEach((view, index) => {
      buttons[index].setAttribute("aria-pressed", String(view === chosen));
    });
    body.replaceChildren(RENDER[chosen](tensor));
  };
  choose(views[0]);
  const about = `${tensor.type} ${tensor.shape.join("×") || "scalar"}`;
  const head = element(
    "div",
    { class: "tensor-head" },
    element("strong", {}, tensor.name),
    element("span", { class: "quiet small" }, about),
  );
  if (views.length > 1)
    head.append(element("div", { class: "segments small", role: "group", "aria-label": `View of ${tensor.name}` }, ...buttons));
  return element("div", { class: "tensor" }, head, body);
}

/** The views that make sense, the best first. */
function viewsOf({ shape, numbers }: Shown): View[] {
  const [height, width] = shape.slice(-2);
  const plane = shape.slice(0, -2).every((size) => size === 1 || size === 3 || size === 4);
  if (shape.length >= 2 && plane && height >= 8 && width >= 8) return ["image", "table"];
  if (numbers.length > 4 && numbers.length <= MOST_BARS) return numbers.length > 24 ? ["plot", "table"] : ["table", "plot"];
  return ["table"];
}

const RENDER: Readonly<Record<View, (tensor: Shown) => Node>> = { table, plot, image };

function table({ shape, numbers }: Shown): Node {
  const columns = shape.at(-1) ?? 1;
  const rows = numbers.length / columns;
  const made = element("table", { class: "numbers" });
  for (let row = 0; row < Math.min(rows, MOST_ROWS); row++) {
    const cells = numbers
      .slice(row * columns, row * columns + Math.min(columns, MOST_COLUMNS))
      .map((value) => element("td", { class: "number" }, written(value)));
    if (columns > MOST_COLUMNS) cells.push(element("td", { class: "quiet" }, "…"));
    made.append(element("tr", {}, element("th", { scope: "row", class: "number" }, place(row, shape)), ...cells));
  }
  const rest = rows - MOST_ROWS;
  return element("div", {}, made, rest > 0 ? element("p", { class: "quiet small" }, `and ${rest} more rows`) : null);
}

/** The place of a row in all dimensions but the last. */
function place(row: number, shape: readonly number[]): string {
  const outer = shape.slice(0, -1);
  const indices: number[] = [];
  let rest = row;
  for (const size of outer.toReversed()) {
    indices.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return indices.join(", ");
}

/** A number with as many digits as a reader wants. */
export function written(value: MLNumber): string {
  if (typeof value === "bigint" || Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3 ? value.toExponential(3) : value.toPrecision(5);
}

const PLOT = { width: 640, height: 180 };

function plot({ numbers }: Shown): Node {
  const values = numbers.map(Number).map((value) => (Number.isFinite(value) ? value : 0));
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const scale = PLOT.height / (high - low || 1);
  const zero = high * scale;
  const step = PLOT.width / values.length;
  const bars = values.map((value, index) =>
    svg(
      "rect",
      {
        x: index * step + step * 0.1,
        width: step * 0.8,
        y: value > 0 ? zero - value * scale : zero,
        height: Math.max(0.5, Math.abs(value) * scale),
      },
      svg("title", {}, `${index}: ${written(numbers[index])}`),
    ),
  );
  const axis = svg("line", { x1: 0, x2: PLOT.width, y1: zero, y2: zero });
  const drawn = svg(
    "svg",
    { class: "plot", viewBox: `0 -2 ${PLOT.width} ${PLOT.height + 4}`, role: "img", "aria-label": "Plot of the elements" },
    ...bars,
    axis,
  );
  return element("div", {}, drawn, element("p", { class: "quiet small" }, `${written(low)} to ${written(high)}`));
}

/** An image of one, three or four planes: grey where there is one, colours where there are more. */
function image({ shape, numbers }: Shown): Node {
  const [height, width] = shape.slice(-2);
  const size = height * width;
  const planes = Math.min(3, numbers.length / size);
  const values = numbers.map(Number);
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((least, value) => Math.min(least, value), Infinity);
  const high = finite.reduce((most, value) => Math.max(most, value), -Infinity);
  const pixels = new ImageData(width, height);
  for (let index = 0; index < size; index++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = values[(planes === 3 ? channel : 0) * size + index];
      pixels.data[4 * index + channel] = (255 * (value - low)) / (high - low || 1);
    }
    pixels.data[4 * index + 3] = 255;
  }
  const canvas = element("canvas", { class: "image", width, height });
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
  return element("div", {}, canvas, element("p", { class: "quiet small" }, `${written(low)} is black, ${written(high)} is white`));
}
