/** Where the demo's pictures come from: a scene that moves by itself, the camera, or the user's own hand. */

/** Draws the next frame on a canvas. */
export interface Source {
  /** What there is to say of it. */
  readonly about: string;
  draw(context: CanvasRenderingContext2D, time: number): void;
  stop(): void;
}

/** A scene of discs and bars that moves by itself. */
export function scene(): Source {
  return {
    about: "A scene that moves by itself",
    draw(context, time) {
      const { width: size } = context.canvas;
      const t = time / 1000;
      const sky = context.createLinearGradient(0, 0, 0, size);
      sky.addColorStop(0, "#1c3a4f");
      sky.addColorStop(1, "#d9b48c");
      context.fillStyle = sky;
      context.fillRect(0, 0, size, size);
      for (let i = 0; i < 5; i++) {
        const phase = t * (0.5 + 0.13 * i) + i * 1.7;
        const radius = size * (0.07 + 0.025 * i);
        context.fillStyle = ["#e8543f", "#f4c95d", "#f7f3e9", "#4fa3a5", "#22303c"][i];
        context.beginPath();
        context.arc(size * (0.5 + 0.36 * Math.sin(phase)), size * (0.5 + 0.34 * Math.cos(phase * 1.3)), radius, 0, 7);
        context.fill();
      }
      context.save();
      context.translate(size / 2, size / 2);
      context.rotate(t * 0.4);
      context.fillStyle = "#f7f3e9";
      for (let i = -2; i <= 2; i++) context.fillRect(size * (0.13 * i - 0.02), -size * 0.16, size * 0.04, size * 0.32);
      context.restore();
    },
    stop() {},
  };
}

/** The camera; the promise rejects where there is none, or the user does not allow it. */
export async function camera(): Promise<Source> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: 640, height: 480 } });
  const video = document.createElement("video");
  Object.assign(video, { srcObject: stream, muted: true, playsInline: true });
  await video.play();
  return {
    about: "The camera, mirrored; its pictures stay here",
    draw(context) {
      const { width: size } = context.canvas;
      const { videoWidth, videoHeight } = video;
      const side = Math.min(videoWidth, videoHeight);
      context.save();
      context.translate(size, 0);
      context.scale(-1, 1);
      context.drawImage(video, (videoWidth - side) / 2, (videoHeight - side) / 2, side, side, 0, 0, size, size);
      context.restore();
    },
    stop() {
      for (const track of stream.getTracks()) track.stop();
    },
  };
}

/** The user's hand. */
export function drawing(canvas: HTMLCanvasElement): Source {
  const strokes: { x: number; y: number }[][] = [];
  const listening = new AbortController();
  const place = ({ offsetX, offsetY }: PointerEvent) => ({ x: offsetX / canvas.clientWidth, y: offsetY / canvas.clientHeight });
  const listen = (type: "pointerdown" | "pointermove", react: (event: PointerEvent) => void) =>
    canvas.addEventListener(type, react, { signal: listening.signal });
  listen("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    strokes.push([place(event)]);
  });
  listen("pointermove", (event) => {
    if (event.buttons) strokes.at(-1)?.push(place(event));
  });
  canvas.classList.add("can-draw");
  return {
    about: "Draw with the pointer",
    draw(context) {
      const { width: size } = context.canvas;
      context.fillStyle = "#f7f3e9";
      context.fillRect(0, 0, size, size);
      Object.assign(context, { lineWidth: size / 24, lineCap: "round", lineJoin: "round" });
      strokes.forEach((points, index) => {
        context.strokeStyle = ["#22303c", "#e8543f", "#4fa3a5", "#d79a1e"][index % 4];
        context.beginPath();
        for (const { x, y } of [points[0], ...points]) context.lineTo(x * size, y * size);
        context.stroke();
      });
    },
    stop() {
      listening.abort();
      canvas.classList.remove("can-draw");
    },
  };
}
