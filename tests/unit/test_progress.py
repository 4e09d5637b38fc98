"""How far long work is: lines, where there is no terminal to draw on."""

from __future__ import annotations

import time

import pytest

from webnpu.cli import progress


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.02)


def test_tasks_say_how_far_they_are(capfd: pytest.CaptureFixture[str]) -> None:
    with progress.Progress() as bar:
        task = bar.add_task("softmax", total=3)
        time.sleep(0.03)
        bar.advance(task)
        time.sleep(0.03)
        bar.update(task, advance=1, note="1 fail")
        bar.advance(task)  # too soon after the last
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines() == ["softmax 1 of 3", "softmax 2 of 3: 1 fail"]


def test_work_without_steps_says_that_it_goes_on(capfd: pytest.CaptureFixture[str]) -> None:
    with progress.working("compiling"):
        time.sleep(0.1)
    lines = capfd.readouterr().err.splitlines()
    assert lines
    assert set(lines) == {"compiling (0 s)"}


def test_short_work_says_nothing(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 60)
    with progress.working("compiling"):
        pass
    assert capfd.readouterr().err == ""
