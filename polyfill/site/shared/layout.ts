/** Places the nodes of a graph in layers, from top to bottom, with as few crossings as a few sweeps can find. */

/** A node to be placed. */
export interface Box {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

/** An arrow from one node to another. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
}

/** Where a node is: the middle of its box. */
export interface Place {
  x: number;
  y: number;
}

/** A drawing of a graph, ready to be made. */
export interface Layout {
  readonly places: ReadonlyMap<string, Place>;
  /** The points that each arrow passes, in the order of the arrows. */
  readonly paths: readonly (readonly Place[])[];
  readonly width: number;
  readonly height: number;
}

const GAP = 26;
const LAYER_GAP = 32;
const SWEEPS = 12;

/** A node in its layer; those without a box are where a long arrow passes a layer. */
interface Node extends Place {
  readonly box: Box | undefined;
  readonly width: number;
  readonly above: Node[];
  readonly below: Node[];
}

/** Place the boxes of a graph without cycles. */
export function layOut(boxes: readonly Box[], arrows: readonly Arrow[]): Layout {
  const nodes = new Map(boxes.map((box) => [box.id, node(box)]));
  const depths = depthsOf(boxes, arrows);
  const layers: Node[][] = [];
  const put = (made: Node, depth: number) => {
    layers[depth] ??= [];
    layers[depth].push(made);
    return made;
  };
  for (const box of boxes) put(at(nodes, box.id), depths.get(box.id) ?? 0);
  const chains = arrows.map(({ from, to }) => {
    const chain = [at(nodes, from)];
    for (let depth = (depths.get(from) ?? 0) + 1; depth < (depths.get(to) ?? 0); depth++) chain.push(put(node(undefined), depth));
    chain.push(at(nodes, to));
    chain.slice(1).forEach((lower, index) => {
      chain[index].below.push(lower);
      lower.above.push(chain[index]);
    });
    return chain;
  });
  order(layers);
  const height = stack(layers);
  const width = spread(layers);
  const places = new Map(boxes.map(({ id }) => [id, { x: at(nodes, id).x, y: at(nodes, id).y }]));
  return { places, paths: chains.map((chain) => chain.map(({ x, y }) => ({ x, y }))), width, height };
}

function node(box: Box | undefined): Node {
  return { box, width: box?.width ?? 12, above: [], below: [], x: 0, y: 0 };
}

function at(nodes: ReadonlyMap<string, Node>, id: string): Node {
  const found = nodes.get(id);
  if (!found) throw new Error(`an arrow names ${id}, which is not a node`);
  return found;
}

/** How deep each node is: below all that it depends on; and inputs only just above what they go to. */
function depthsOf(boxes: readonly Box[], arrows: readonly Arrow[]): Map<string, number> {
  const depths = new Map(boxes.map(({ id }) => [id, 0]));
  const outgoing = new Map<string, Arrow[]>();
  for (const arrow of arrows) outgoing.set(arrow.from, [...(outgoing.get(arrow.from) ?? []), arrow]);
  // Nodes stand in topological order, so that one pass in that order is enough.
  for (const { id } of boxes) {
    for (const { to } of outgoing.get(id) ?? []) depths.set(to, Math.max(depths.get(to) ?? 0, (depths.get(id) ?? 0) + 1));
  }
  const hasSource = new Set(arrows.map(({ to }) => to));
  for (const { id } of boxes) {
    const targets = outgoing.get(id);
    if (!hasSource.has(id) && targets) depths.set(id, Math.min(...targets.map(({ to }) => depths.get(to) ?? 0)) - 1);
  }
  return depths;
}

/** Put each node of a layer near the middle of its neighbours, sweeping down and up. */
function order(layers: Node[][]): void {
  for (const layer of layers) enumerate(layer);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isDown = sweep % 2 === 0;
    for (const layer of isDown ? layers : layers.toReversed()) {
      const wanted = new Map(layer.map((node) => [node, middle(isDown ? node.above : node.below, node.x)]));
      layer.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
      enumerate(layer);
    }
  }
}

/** Make the order of a layer the place of its nodes. */
function enumerate(layer: readonly Node[]): void {
  layer.forEach((node, index) => {
    node.x = index;
  });
}

function middle(neighbours: readonly Node[], otherwise: number): number {
  return neighbours.length ? neighbours.reduce((sum, { x }) => sum + x, 0) / neighbours.length : otherwise;
}

/** Give each layer its height. Returns that of the whole. */
function stack(layers: readonly Node[][]): number {
  let top = 0;
  for (const layer of layers) {
    const height = Math.max(...layer.map(({ box }) => box?.height ?? 0));
    for (const node of layer) node.y = top + height / 2;
    top += height + LAYER_GAP;
  }
  return Math.max(0, top - LAYER_GAP);
}

/** Give each node its place in its layer: where its neighbours are, as far as the others leave room. Returns the width. */
function spread(layers: readonly Node[][]): number {
  for (const layer of layers) {
    let left = 0;
    for (const node of layer) {
      node.x = left + node.width / 2;
      left += node.width + GAP;
    }
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isDown = sweep % 2 === 0;
    for (const layer of isDown ? layers : layers.toReversed()) {
      settle(
        layer,
        layer.map((node) => middle(isDown ? node.above : node.below, node.x)),
      );
    }
  }
  const all = layers.flat();
  const left = Math.min(...all.map(({ x, width }) => x - width / 2));
  for (const node of all) node.x -= left;
  return Math.max(...all.map(({ x, width }) => x + width / 2));
}

/** Move the nodes of a layer to where they want to be, in their order and without overlap: groups that collide share the way. */
function settle(layer: readonly Node[], wanted: readonly number[]): void {
  const groups: { nodes: Node[]; width: number; sum: number }[] = [];
  layer.forEach((node, index) => {
    let group = { nodes: [node], width: node.width, sum: wanted[index] - node.width / 2 };
    for (let last = groups.at(-1); last && start(last) + last.width + GAP > start(group); last = groups.at(-1)) {
      groups.pop();
      const offset = last.width + GAP;
      group = {
        nodes: [...last.nodes, ...group.nodes],
        width: offset + group.width,
        sum: last.sum + group.sum - offset * group.nodes.length,
      };
    }
    groups.push(group);
  });
  for (const group of groups) {
    let left = start(group);
    for (const node of group.nodes) {
      node.x = left + node.width / 2;
      left += node.width + GAP;
    }
  }
}

/** Where a group wants to begin: the mean of what its nodes want. */
function start({ nodes, sum }: { readonly nodes: readonly Node[]; readonly sum: number }): number {
  return sum / nodes.length;
}
