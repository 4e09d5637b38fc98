"""Silero VAD over a recording: ``python find_speech.py MODEL.onnx AUDIO.wav [BACKEND]``.

The model hears windows of 512 samples, each after the last 64 of the one before, and carries a state from one to the next.
"""

from __future__ import annotations

import sys
import wave

import numpy as np

from webnpu.backend import load_backend
from webnpu.onnx import import_model

RATE, WINDOW, CONTEXT = 16000, 512, 64
THRESHOLD = 0.5

model, recording, *rest = sys.argv[1:]
with wave.open(recording) as file:
    if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE, 1, 2):
        sys.exit(f"{recording}: expected {RATE} Hz, one channel, 16 bits")
    audio = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32768

graph = import_model(model, dimensions={"batch": 1, "sequence": CONTEXT + WINDOW}, known={"sr": RATE})
program = load_backend(rest[0] if rest else "reference").compile(graph)
state = np.zeros((2, 1, 128), np.float32)
padded = np.concatenate([np.zeros(CONTEXT, np.float32), audio])
is_speech, since = False, 0.0
for start in range(0, len(audio) - WINDOW + 1, WINDOW):
    results = program.run({"input": padded[None, start : start + CONTEXT + WINDOW], "state": state})
    state, speaks, now = results["stateN"], results["output"][0, 0] > THRESHOLD, start / RATE
    if speaks and not is_speech:
        since = now
    elif is_speech and not speaks:
        print(f"{since:7.2f} s to {now:7.2f} s")
    is_speech = bool(speaks)
if is_speech:
    print(f"{since:7.2f} s to {len(audio) / RATE:7.2f} s")
