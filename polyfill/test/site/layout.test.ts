/** The drawing of graphs: every arrow points down, and nothing lies over anything else. */

import { describe, expect, test } from "vitest";
import { type Arrow, type Box, layOut } from "../../site/shared/layout.js";

function boxes(count: number, width = (_: number) => 60): Box[] {
  return Array.from({ length: count }, (_, index) => ({ id: String(index), width: width(index), height: 30 + (index % 3) * 12 }));
}

function arrows(...pairs: [number, number][]): Arrow[] {
  return pairs.map(([from, to]) => ({ from: String(from), to: String(to) }));
}

/** A graph of some hundred arrows, the same every time. */
function tangled(count: number): Arrow[] {
  const pairs: [number, number][] = [];
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 16807) % 2147483647;
    return seed % below;
  };
  for (let to = 1; to < count; to++) for (let i = 0; i <= random(3); i++) pairs.push([random(to), to]);
  return arrows(...pairs);
}

describe.each<[string, Box[], Arrow[]]>([
  ["a single node", boxes(1), []],
  ["a chain", boxes(5), arrows([0, 1], [1, 2], [2, 3], [3, 4])],
  ["a diamond with a way around", boxes(4), arrows([0, 1], [0, 2], [1, 3], [2, 3], [0, 3])],
  [
    "nodes of many widths",
    boxes(9, (index) => 40 + 30 * index),
    arrows(...Array.from({ length: 8 }, (_, i): [number, number] => [0, i + 1])),
  ],
  ["two graphs side by side", boxes(4), arrows([0, 1], [2, 3])],
  ["a late input", boxes(4), arrows([0, 1], [1, 2], [3, 2])],
  ["a tangle", boxes(60, (index) => 40 + (index % 7) * 20), tangled(60)],
])("%s", (_, boxes, arrows) => {
  const { places, paths, width, height } = layOut(boxes, arrows);
  const placed = boxes.map((box) => ({ ...box, ...(places.get(box.id) ?? { x: Number.NaN, y: Number.NaN }) }));

  test("every box has its place within the drawing", () => {
    for (const box of placed) {
      expect(box.x - box.width / 2).toBeGreaterThanOrEqual(-1e-6);
      expect(box.x + box.width / 2).toBeLessThanOrEqual(width + 1e-6);
      expect(box.y - box.height / 2).toBeGreaterThanOrEqual(-1e-6);
      expect(box.y + box.height / 2).toBeLessThanOrEqual(height + 1e-6);
    }
  });

  test("no box lies over another", () => {
    for (const [index, a] of placed.entries()) {
      for (const b of placed.slice(index + 1)) {
        const isApart = Math.abs(a.x - b.x) >= (a.width + b.width) / 2 - 1e-6 || Math.abs(a.y - b.y) >= (a.height + b.height) / 2 - 1e-6;
        expect(isApart, `${a.id} and ${b.id}`).toBe(true);
      }
    }
  });

  test("every arrow points down, from its box to its box", () => {
    arrows.forEach(({ from, to }, index) => {
      const path = paths[index];
      expect(path[0]).toEqual(places.get(from));
      expect(path.at(-1)).toEqual(places.get(to));
      for (let at = 1; at < path.length; at++) expect(path[at].y).toBeGreaterThan(path[at - 1].y);
    });
  });
});

test("an input stands just above what it goes to", () => {
  const { places } = layOut(boxes(4), arrows([0, 1], [1, 2], [3, 2]));
  expect(places.get("3")?.y).toBe(places.get("1")?.y);
});

test("an arrow that names no node is an error", () => {
  expect(() => layOut(boxes(1), arrows([0, 5]))).toThrow("5, which is not a node");
});
