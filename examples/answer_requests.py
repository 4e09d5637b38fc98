"""A web service: one compiled graph behind FastAPI, called by every request's thread, and clients that check each answer.

Run it: ``python examples/answer_requests.py [BACKEND] [CLIENTS] [REQUESTS]``. It needs ``pip install fastapi uvicorn``.
As a service of its own: ``uvicorn --app-dir examples answer_requests:app``.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import numpy as np
import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from webnpu import ML, MLGraph, MLGraphBuilder, WebNPUError

FEATURES, CLASSES = 64, 10


def compiled(backend: str) -> MLGraph:
    """A perceptron of two layers: ``x`` [1, 64] to ``y`` [1, 10]."""
    random = np.random.default_rng(0)
    b = MLGraphBuilder(ML().create_context(backend=backend))
    x = b.input("x", {"dataType": "float32", "shape": [1, FEATURES]})
    weights = [b.constant(random.normal(size=shape).astype(np.float32) / 8) for shape in ((FEATURES, 256), (256, CLASSES))]
    return b.build({"y": b.softmax(b.matmul(b.relu(b.matmul(x, weights[0])), weights[1]), axis=1)})


class Request(BaseModel):
    """What a client sends."""

    x: list[float]


def service(backend: str = "tflite") -> FastAPI:
    """The application. A plain ``def`` is called in a thread of FastAPI's pool, so that requests compute side by side."""
    graph, app = compiled(backend), FastAPI()

    @app.post("/predict")
    def predict(request: Request) -> dict[str, list[float]]:
        try:
            answer = graph(x=np.array([request.x], np.float32))["y"]
        except WebNPUError as error:
            raise HTTPException(422, str(error)) from error
        return {"y": answer[0].tolist()}

    return app


def client(port: int, number: int, requests: int, expected: MLGraph, lock: threading.Lock) -> int:
    """Send requests one after the other; how many of the answers are wrong."""
    random, connection, wrong = np.random.default_rng(number), HTTPConnection("127.0.0.1", port, timeout=60), 0
    for _ in range(requests):
        x = random.normal(size=FEATURES).astype(np.float32)
        connection.request("POST", "/predict", json.dumps({"x": x.tolist()}), {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())["y"]
        with lock:
            right = expected(x=x[None])["y"][0]
        wrong += not np.allclose(answer, right, rtol=1e-4, atol=1e-6)
    connection.close()
    return wrong


def main(backend: str = "tflite", clients: int = 64, requests: int = 50) -> None:
    """Serve, and let clients ask at once."""
    server = uvicorn.Server(uvicorn.Config(service(backend), port=0, log_level="warning"))
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    expected, lock, start = compiled("reference"), threading.Lock(), time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        wrong = sum(pool.map(lambda number: client(port, number, requests, expected, lock), range(clients)))
    taken = time.perf_counter() - start
    print(f"{backend}: {clients} clients, {clients * requests} answers, {wrong} wrong, {clients * requests / taken:.0f} a second")
    server.should_exit = True
    serving.join()


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:4]))
else:
    app = service()
