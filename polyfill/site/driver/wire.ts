/** How bytes cross the border to the process that drives the page: few in the call itself, as base64; more by HTTP. */

import { fromBase64, toBase64 } from "../../src/document/index.js";

/** The most bytes that cross in the call itself. */
const INLINE = 2 ** 16;

/** A list of tensors' bytes as one block: where each begins follows from their lengths. */
export type Lengths = Readonly<Record<string, number>>;

/** The bytes of one call, on their way in and out. */
export class Wire {
  private outgoing: readonly Uint8Array<ArrayBuffer>[] = [];

  private constructor(
    private readonly block: Uint8Array,
    private readonly letter: string,
  ) {}

  /** Take what comes with a call: the bytes themselves, or null where they wait under the path of the letter. */
  static async receive(bytes: string | null, letter: string): Promise<Wire> {
    const block = bytes === null ? new Uint8Array(await (await delivered(letter)).arrayBuffer()) : fromBase64(bytes);
    return new Wire(block, letter);
  }

  /** What came in, cut into pieces of the given lengths. */
  take(lengths: Lengths): Record<string, Uint8Array> {
    let start = 0;
    return Object.fromEntries(
      Object.entries(lengths).map(([name, length]) => {
        start += length;
        return [name, this.block.subarray(start - length, start)];
      }),
    );
  }

  /** Put bytes on their way out. Returns the length of each. */
  give(parts: Readonly<Record<string, Uint8Array<ArrayBuffer>>>): Lengths {
    this.outgoing = Object.values(parts);
    return Object.fromEntries(Object.entries(parts).map(([name, bytes]) => [name, bytes.length]));
  }

  /** Send what is on its way out: the bytes themselves, or null once they are delivered under the path of the letter. */
  async send(): Promise<string | null> {
    const block = new Blob([...this.outgoing]);
    if (block.size <= INLINE) return toBase64(new Uint8Array(await block.arrayBuffer()));
    await delivered(this.letter, { method: "POST", body: block });
    return null;
  }
}

async function delivered(letter: string, request?: RequestInit): Promise<Response> {
  const answer = await fetch(letter, request);
  if (!answer.ok) throw new Error(`the bytes do not arrive: ${answer.status} ${answer.statusText}`);
  return answer;
}
