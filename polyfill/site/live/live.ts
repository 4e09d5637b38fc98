/** The example of pictures that never leave the GPU: the camera, or VideoFrames of a scene where there is none. */

import { described } from "../../src/document/index.js";
import type { ImageSource } from "../../src/media.js";
import { EFFECTS } from "../demo/effects.js";
import { scene } from "../demo/sources.js";
import { byId } from "../shared/dom.js";
import { frame } from "../shared/frame.js";
import { Pipeline } from "./pipeline.js";

/** Gives a picture for a time, which is closed once it is used. */
type Pictures = (time: number) => ImageSource;

const SIZE = 256;
const SECOND = 1000;

const canvas = byId("picture", "canvas");
const about = byId("about", "p");
const message = byId("message", "p");
const effects = byId("effect", "select");
let pictures = moving();
let turn = 0;

/** A scene, as VideoFrames where the browser has them. */
function moving(): Pictures {
  const drawn = Object.assign(document.createElement("canvas"), { width: SIZE, height: SIZE });
  const context = drawn.getContext("2d") as CanvasRenderingContext2D;
  return (time) => {
    scene().draw(context, time);
    return "VideoFrame" in globalThis ? new VideoFrame(drawn, { timestamp: time * SECOND }) : drawn;
  };
}

async function camera(): Promise<Pictures> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" } });
  const video = document.createElement("video");
  Object.assign(video, { srcObject: stream, muted: true, playsInline: true });
  await video.play();
  return () => video;
}

async function run(device: GPUDevice): Promise<void> {
  const mine = ++turn;
  message.textContent = "";
  let pipeline: Pipeline | undefined;
  try {
    pipeline = await Pipeline.make(device, EFFECTS[effects.value], SIZE);
    let [since, count] = [performance.now(), 0];
    while (mine === turn) {
      const time = await new Promise<number>(requestAnimationFrame);
      const source = pictures(time);
      pipeline.frame(source, canvas);
      if ("close" in source) source.close();
      await device.queue.onSubmittedWorkDone(); // no more frames than the device takes
      count++;
      if (time - since < SECOND) continue;
      about.textContent = `${Math.round((count * SECOND) / (time - since))} frames a second, from picture to canvas on the GPU`;
      [since, count] = [time, 0];
    }
  } catch (error) {
    if (mine === turn) message.textContent = described(error);
  } finally {
    pipeline?.destroy();
  }
}

async function start(): Promise<void> {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) {
    message.textContent = "This page needs WebGPU, which is not to be had here.";
    effects.disabled = byId("camera", "button").disabled = true;
    return;
  }
  const device = await adapter.requestDevice();
  for (const [name, { title, keeps }] of Object.entries(EFFECTS)) if (!keeps) effects.add(new Option(title, name));
  effects.addEventListener("change", () => run(device));
  const button = byId("camera", "button");
  button.addEventListener("click", async () => {
    try {
      pictures = await camera();
      button.hidden = true;
    } catch (error) {
      message.textContent = `The camera is not to be had: ${described(error)}`;
    }
  });
  await run(device);
}

frame("live");
void start();
