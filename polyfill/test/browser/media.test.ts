/** Pictures to tensors and tensors to canvases: what the pixels are, and that nothing passes through the host. */

import type { Browser, Page } from "playwright-core";
import type { ViteDevServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, launch, openPage, serve, WEBGPU_PAGES, whyNot } from "./chromium.js";

const PAGE = "test/browser/pages/media.ts";
const [WIDTH, HEIGHT] = [12, 8];

const NOTHING = {
  mapAsync: 0,
  createBuffer: 0,
  copyBufferToBuffer: 0,
  copyTextureToBuffer: 0,
  copyBufferToTexture: 0,
  readTensor: 0,
  writeTensor: 0,
};

/** The pixels of the page's picture. */
function pixels(width: number, height: number): number[][] {
  return Array.from({ length: width * height }, (_, i) =>
    [20 * (i % width), 30 * Math.floor(i / width), (i * 37) % 256].map((value) => Math.min(value, 255)),
  );
}

/** Pillow's bilinear weights of a line of pixels for each of fewer or more. */
function weights(from: number, to: number): number[][] {
  const ratio = from / to;
  const support = Math.max(ratio, 1);
  return Array.from({ length: to }, (_, i) => {
    const line = Array.from({ length: from }, (_, j) => Math.max(0, 1 - Math.abs(j + 0.5 - (i + 0.5) * ratio) / support));
    const sum = line.reduce((a, b) => a + b);
    return line.map((weight) => weight / sum);
  });
}

/** The page's picture in another size, from 0 to 1, channel by channel. */
function resized([width, height]: readonly number[], [toWidth, toHeight]: readonly number[]): number[][] {
  const picture = pixels(width, height);
  const [across, down] = [weights(width, toWidth), weights(height, toHeight)];
  const at = (channel: number, x: number, y: number) =>
    picture.reduce((sum, colour, i) => sum + colour[channel] * across[x][i % width] * down[y][Math.floor(i / width)], 0) / 255;
  return [0, 1, 2].map((channel) =>
    Array.from({ length: toWidth * toHeight }, (_, i) => at(channel, i % toWidth, Math.floor(i / toWidth))),
  );
}

function expectClose(found: readonly number[], wanted: readonly number[], most: number): void {
  expect(found.length).toBe(wanted.length);
  expect(Math.max(...found.map((value, i) => Math.abs(value - wanted[i])))).toBeLessThanOrEqual(most);
}

describe.skipIf(whyNot)(`in Chromium${whyNot}`, () => {
  let server: ViteDevServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    server = await serve();
    browser = await launch({ flags: WEBGPU_PAGES });
    page = await openPage(browser, server);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const frame = (...values: unknown[]) => call<{ found: number[]; counts: object }>(page, PAGE, "throughGraph", ...values);

  test.each(["ImageData", "canvas", "OffscreenCanvas", "ImageBitmap", "VideoFrame"])("a frame from %s: no copy, no map", async (kind) => {
    const { found, counts } = await frame(kind, "negative", "float32", [1, 3, HEIGHT, WIDTH], {});
    expect(counts).toEqual(NOTHING);
    const wanted = pixels(WIDTH, HEIGHT).flatMap((colour) => [...colour.map((value) => 255 - value), 255]);
    expectClose(found, wanted, kind === "VideoFrame" ? 2 : 1);
  });

  /** Videos have their colours at half the resolution, in another space: only their mean is compared. */
  test("a frame from a video", async () => {
    const { found, counts } = await frame("video", "negative", "float32", [1, 3, HEIGHT, WIDTH], {});
    expect(counts).toEqual(NOTHING);
    const green = found.filter((_, i) => i % 4 === 1);
    expect(green.reduce((sum, value) => sum + value) / green.length).toBeCloseTo(255 - 105, -1);
  });

  test.each([
    ["float32", [1, HEIGHT, WIDTH, 3], {}],
    ["float32", [3, HEIGHT, WIDTH], { order: "bgr", mean: [0.4, 0.5, 0.6], standardDeviation: [0.2, 0.3, 0.4] }],
    ["float32", [1, 4, HEIGHT, WIDTH], {}],
    ["float16", [1, 3, HEIGHT, WIDTH], {}],
    ["uint8", [1, HEIGHT, WIDTH, 3], {}],
    ["uint8", [1, 3, HEIGHT, WIDTH], { order: "bgr" }],
  ])("what is drawn is what was written: %s%j %j", async (dataType, shape, options) => {
    const { found, counts } = await frame("canvas", "identity", dataType, shape, options);
    expect(counts).toEqual({ ...NOTHING, copyBufferToBuffer: 1 }); // the graph itself: identity is a copy
    expectClose(
      found,
      pixels(WIDTH, HEIGHT).flatMap((colour) => [...colour, 255]),
      1,
    );
  });

  test.each(["canvas", "VideoFrame"])("the site's example from %s", async (kind) => {
    const { found, counts } = await call<{ found: number[]; counts: object }>(page, PAGE, "example", kind, "relief");
    expect(counts).toEqual(NOTHING);
    const grey = pixels(WIDTH, WIDTH).map(([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue);
    const mirrored = (i: number) => (i < 0 ? -i : i >= WIDTH ? 2 * WIDTH - 2 - i : i);
    const at = (x: number, y: number) => grey[mirrored(y) * WIDTH + mirrored(x)];
    const wanted = grey.flatMap((_, i) => {
      const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
      const down = at(x, y + 1) - at(x, y - 1);
      const across = at(x + 1, y) - at(x - 1, y);
      const slope = 2 * (at(x + 1, y + 1) - at(x - 1, y - 1)) + down + across;
      const value = Math.min(255, Math.max(0, slope + 127.5));
      return [value, value, value, 255];
    });
    expectClose(found, wanted, kind === "VideoFrame" ? 8 : 1.5); // eight weights add up what a frame rounds
  });

  const elements = (...values: unknown[]) => call<number[]>(page, PAGE, "elements", ...values);

  test.each([
    ["fewer", [48, 30], [16, 10]],
    ["more", [12, 8], [30, 20]],
    ["fewer down and more across", [12, 30], [18, 7]],
  ])("%s pixels are Pillow's bilinear ones", async (_name, from, to) => {
    const [mean, standardDeviation] = [
      [0.485, 0.456, 0.406],
      [0.229, 0.224, 0.225],
    ];
    const found = await elements("ImageData", from, [1, 3, to[1], to[0]], { mean, standardDeviation });
    const wanted = resized(from, to).flatMap((plane, c) => plane.map((value) => (value - mean[c]) / standardDeviation[c]));
    expectClose(found, wanted, 1e-4);
  });

  test("layouts and orders of channels, and grey", async () => {
    const size = [5, 3];
    const planes = resized(size, size);
    const nhwc = await elements("ImageData", size, [1, 3, 5, 3], { layout: "nhwc", order: "bgr" });
    const picture = planes[0].flatMap((red, i) => [planes[2][i], planes[1][i], red]);
    expectClose(nhwc, picture, 1e-6);
    const grey = await elements("ImageData", size, [1, 1, 3, 5], {});
    expectClose(
      grey,
      planes[0].map((red, i) => 0.299 * red + 0.587 * planes[1][i] + 0.114 * planes[2][i]),
      1e-6,
    );
  });

  test("a picture of another form is cropped, or has black beside it", async () => {
    const planes = resized([12, 4], [12, 4]);
    const cover = await elements("ImageData", [12, 4], [1, 3, 4, 4], { fit: "cover" });
    expectClose(
      cover,
      planes.flatMap((plane) => plane.filter((_, i) => i % 12 >= 4 && i % 12 < 8)),
      1e-6,
    );
    const contain = await elements("ImageData", [12, 4], [1, 3, 12, 12], { fit: "contain" });
    const black = Array<number>(48).fill(0);
    expectClose(
      contain,
      planes.flatMap((plane) => [...black, ...plane, ...black]),
      1e-6,
    );
    const nearest = await elements("ImageData", [12, 4], [1, 3, 2, 6], { resize: "nearest" });
    expectClose(
      nearest,
      planes.flatMap((plane) => Array.from({ length: 12 }, (_, i) => plane[(i < 6 ? 12 : 36) + 1 + 2 * (i % 6)])),
      1e-6,
    );
  });

  test("tensors of more workgroups than a dimension has", async () => {
    expectClose(await call(page, PAGE, "largest", 2100), [0.2, 0.2, 0.2], 1e-6);
  });

  test("what cannot be is said", async () => {
    expect(await call(page, PAGE, "refusals")).toEqual({
      exported: expect.stringMatching(/^InvalidStateError: .*exported already/),
      type: expect.stringMatching(/^TypeError: TensorImages.write: expected a tensor of float32, float16, uint8; got int32$/),
      rank: expect.stringMatching(/^TypeError: .*of the shape .*; got \[48\]$/),
      batch: expect.stringMatching(/^TypeError: .*of the shape .*; got \[2, 3, 4, 4\]$/),
      device: expect.stringMatching(/^TypeError: .*for this GPUDevice/),
      layout: expect.stringMatching(/^TypeError: .*in nhwc; got \[1, 3, 5, 5\]$/),
      mean: expect.stringMatching(/^TypeError: .*mean: expected one number, or 3 numbers, finite; got \[1, 2\]$/),
      deviation: expect.stringMatching(/^TypeError: .*standardDeviation: .*numbers other than 0/),
      fit: expect.stringMatching(/^TypeError: .*fit: expected fill, contain, cover; got "stretch"$/),
      video: expect.stringMatching(/^InvalidStateError: .*no picture/),
      canvas: expect.stringMatching(/^InvalidStateError: .*has a context already/),
      good: "nothing",
      destroyed: expect.stringMatching(/^InvalidStateError: .*destroyed/),
    });
  });
});
