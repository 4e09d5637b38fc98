/** Places temporary buffers in slots, so that buffers that live at the same time never share one (the counterpart of `arena.py`). */

/** The bytes of a buffer, and the first and the last step that touch it. */
export interface Lifetime {
  readonly byteLength: number;
  readonly first: number;
  readonly last: number;
}

/** Where each buffer was placed. */
export interface Places {
  /** The slot of each buffer. */
  readonly places: readonly number[];
  /** The bytes of each slot. */
  readonly slots: readonly number[];
}

/**
 * The longest buffers first, each into the first slot that is free.
 *
 * Slots are separate buffers of the device, since a kernel must not bind one buffer for reading and for writing.
 */
export function place(lifetimes: readonly Lifetime[]): Places {
  const order = lifetimes.map((_, i) => i);
  order.sort((i, j) => lifetimes[j].byteLength - lifetimes[i].byteLength || lifetimes[i].first - lifetimes[j].first);
  const held: Lifetime[][] = [];
  const places = Array<number>(lifetimes.length).fill(0);
  const end = lifetimes.reduce((most, { last }) => Math.max(most, last), -1) + 1;
  const taken = new Int32Array(end); // at each step all slots below a number
  for (const i of order) {
    const steps = taken.subarray(lifetimes[i].first, lifetimes[i].last + 1);
    let slot = steps.reduce((most, below) => Math.max(most, below), 0); // those below are taken at some of its steps
    while (slot < held.length && !insert(held[slot], lifetimes[i])) slot++;
    if (slot === held.length) held.push([lifetimes[i]]);
    steps.forEach((below, step) => {
      if (below === slot) steps[step]++;
    });
    places[i] = slot;
  }
  return { places, slots: held.map((slot) => slot.reduce((most, { byteLength }) => Math.max(most, byteLength), 0)) };
}

/** Add a lifetime to a slot, whose lifetimes stand in order, unless it overlaps one of them. */
function insert(slot: Lifetime[], lifetime: Lifetime): boolean {
  let low = 0;
  let high = slot.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (slot[middle].last < lifetime.first) low = middle + 1;
    else high = middle;
  }
  if (low < slot.length && slot[low].first <= lifetime.last) return false;
  slot.splice(low, 0, lifetime);
  return true;
}
