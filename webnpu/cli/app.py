"""The command and its subcommands, one module each."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .. import __version__
from ..errors import WebNPUError
from . import bench, check, conformance, diff, doctor, explain, export, fuzz, profile, run, serve, show
from .console import complain

DEBUG = "WEBNPU_DEBUG"
"""The environment variable that lets tracebacks through."""


_USAGE: tuple[type[Exception], ...] = (
    typer.Exit,
    typer.Abort,
    *(base for base in typer.BadParameter.__bases__ if issubclass(base, Exception)),
)
"""How typer itself ends a command: done, interrupted, or called wrongly."""


class _Group(TyperGroup):
    """Errors of ours, and of files, are one line and exit status 2; what nobody has foreseen is one line and 70."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # who read the output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None
        except OSError as error:
            complain(f"{error.filename or 'output'}: {error.strerror}" if error.strerror else str(error))
            raise typer.Exit(2) from None
        except WebNPUError as error:
            complain(str(error))
            raise typer.Exit(2) from None
        except MemoryError as error:
            complain(f"there is not enough memory: {error}")
            raise typer.Exit(2) from None
        except _USAGE:
            raise
        except Exception as error:
            if os.environ.get(DEBUG):
                raise
            complain(f"this is a bug: {type(error).__name__}: {error} ({DEBUG}=1 shows where)")
            raise typer.Exit(70) from None


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"webnpu {__version__}")
        raise typer.Exit


app = typer.Typer(cls=_Group, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
app.command("bench")(bench.bench)
app.command("check")(check.check)
app.command("conformance")(conformance.conformance)
app.command("diff")(diff.diff)
app.command("doctor")(doctor.doctor)
app.command("explain")(explain.explain)
app.command("export")(export.export)
app.command("fuzz")(fuzz.fuzz)
app.command("profile")(profile.profile)
app.command("run")(run.run)
app.command("serve")(serve.serve)
app.command("show")(show.show)


@app.callback()
def _webnpu(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """WebNPU: WebNN graphs, backends that run them, and the proof that they agree."""
