/** The form that gives a model its inputs: made-up numbers, numbers that are typed in, images, or the bytes of a file. */

import { bytesOf, type MLOperandDescriptor, sizeOf } from "../../src/document/index.js";
import type { MLNumber } from "../../src/generated/types.js";
import { element } from "../shared/dom.js";

type Numbers = ArrayLike<MLNumber>;

/** A way to fill an input. */
interface Way {
  readonly title: string;
  /** What the user gives: a file, a text, or nothing. */
  readonly wants?: "file" | "text";
  suits?(descriptor: MLOperandDescriptor): boolean;
  fill(descriptor: MLOperandDescriptor, file: File | undefined, text: string): Promise<Numbers> | Numbers;
}

const isInteger = ({ dataType }: MLOperandDescriptor) => !dataType.startsWith("float");
const isWide = ({ dataType }: MLOperandDescriptor) => dataType.endsWith("64");
const filled = (descriptor: MLOperandDescriptor, value: (index: number) => number): Numbers =>
  Array.from({ length: sizeOf(descriptor.shape) }, (_, index) => (isWide(descriptor) ? BigInt(value(index)) : value(index)));

/** What stands in for a byte where a file has none: Magika's padding. */
const PADDING = 256;

const WAYS: readonly Way[] = [
  {
    title: "A file’s beginning and end",
    wants: "file",
    suits: (descriptor) => isInteger(descriptor) && !descriptor.dataType.endsWith("8") && sizeOf(descriptor.shape) >= 64,
    async fill(descriptor, file) {
      const bytes = await contents(file);
      const half = sizeOf(descriptor.shape) / 2;
      const isSpace = (byte: number) => byte === 32 || (byte >= 9 && byte <= 13);
      const first = Math.max(
        0,
        bytes.findIndex((byte) => !isSpace(byte)),
      );
      const last = bytes.findLastIndex((byte) => !isSpace(byte)) + 1;
      const head = bytes.subarray(first, first + half);
      const tail = bytes.subarray(Math.max(0, last - half), last);
      return filled(descriptor, (index) => (index < half ? (head[index] ?? PADDING) : (tail[index - 2 * half + tail.length] ?? PADDING)));
    },
  },
  {
    title: "An image",
    wants: "file",
    suits: ({ shape }) => shape.length === 4 && (shape[1] === 3 || shape[3] === 3),
    fill: (descriptor, file) => pixels(descriptor, file),
  },
  { title: "Zeros", fill: (descriptor) => filled(descriptor, () => 0) },
  { title: "Ones", fill: (descriptor) => filled(descriptor, () => 1) },
  {
    title: "Random numbers",
    fill: (descriptor) => filled(descriptor, () => (isInteger(descriptor) ? Math.floor(Math.random() * 10) : 2 * Math.random() - 1)),
  },
  {
    title: "Numbers, repeated",
    wants: "text",
    fill(descriptor, _, text) {
      const numbers = text
        .split(/[\s,]+/)
        .filter(Boolean)
        .map(Number);
      if (!numbers.length || numbers.some(Number.isNaN)) throw new TypeError("give numbers, with commas between them");
      return filled(descriptor, (index) => numbers[index % numbers.length]);
    },
  },
  {
    title: "A file’s bytes",
    wants: "file",
    async fill(descriptor, file) {
      const bytes = await contents(file);
      return filled(descriptor, (index) => bytes[index] ?? 0);
    },
  },
];

async function contents(file: File | undefined): Promise<Uint8Array> {
  if (!file) throw new TypeError("choose a file");
  return new Uint8Array(await file.arrayBuffer());
}

/** An image in the size that an input has, with values from 0 to 1, or to 255 where they are integers. */
async function pixels(descriptor: MLOperandDescriptor, file: File | undefined): Promise<Numbers> {
  if (!file) throw new TypeError("choose an image");
  const isFirst = descriptor.shape[1] === 3;
  const [height, width] = isFirst ? descriptor.shape.slice(2) : descriptor.shape.slice(1);
  const context = new OffscreenCanvas(width, height).getContext("2d");
  if (!context) throw new Error("this browser draws no images");
  context.drawImage(await createImageBitmap(file), 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const scale = isInteger(descriptor) ? 1 : 1 / 255;
  const size = height * width;
  return filled(descriptor, (index) => {
    const [pixel, plane] = isFirst ? [index % size, Math.floor(index / size) % 3] : [Math.floor(index / 3) % size, index % 3];
    return data[4 * pixel + plane] * scale;
  });
}

/** The row of the form for one input. */
export class InputRow {
  readonly place: HTMLElement;
  private readonly ways: readonly Way[];
  private readonly select = element("select");
  private readonly file = element("input", { type: "file" });
  private readonly text = element("input", { type: "text", placeholder: "0.5, 1, 2" });

  /**
   * @param name the input's
   * @param descriptor what it takes
   * @param onFile called when the user has chosen a file
   */
  constructor(
    readonly name: string,
    private readonly descriptor: MLOperandDescriptor,
    onFile: () => void,
  ) {
    this.ways = WAYS.filter((way) => way.suits?.(descriptor) ?? true);
    this.select.append(...this.ways.map(({ title }, index) => element("option", { value: String(index) }, title)));
    this.select.id = `input-${name}`;
    this.file.setAttribute("aria-label", `File for ${name}`);
    this.text.setAttribute("aria-label", `Numbers for ${name}`);
    this.select.addEventListener("change", () => this.update());
    this.file.addEventListener("change", onFile);
    const { dataType, shape } = descriptor;
    const title = element(
      "label",
      { htmlFor: this.select.id },
      element("strong", {}, name),
      " ",
      element("span", { class: "quiet small" }, `${dataType} ${shape.join("×") || "scalar"}`),
    );
    this.place = element("div", { class: "input-row" }, title, this.select, this.file, this.text);
    this.update();
  }

  private get way(): Way {
    return this.ways[Number(this.select.value)];
  }

  private update(): void {
    this.file.hidden = this.way.wants !== "file";
    this.text.hidden = this.way.wants !== "text";
  }

  /** Whether there is all that the chosen way wants. */
  get isReady(): boolean {
    return this.way.wants !== "file" || this.file.files?.length === 1;
  }

  /** The bytes of the input. */
  async bytes(): Promise<Uint8Array> {
    return bytesOf(await this.way.fill(this.descriptor, this.file.files?.[0], this.text.value), this.descriptor.dataType);
  }
}
