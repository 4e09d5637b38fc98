#!/bin/sh
# Builds the wheel and tries it where nothing else of the checkout can be imported: every backend, and the command.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

PYTHON=${PYTHON:-} tools/provision.sh python node
.venv/bin/python -m build --wheel --outdir "$place/dist" . >"$place/log" 2>&1 || { cat "$place/log"; exit 1; }
.venv/bin/python -m venv "$place/alone"
"$place/alone/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt "$(ls "$place"/dist/*.whl)[all]"
cp examples/build_a_graph.py "$place"
cd "$place"
alone/bin/python -c "import webnpu, pathlib; assert not pathlib.Path(webnpu.__file__).is_relative_to('$root'), webnpu.__file__"
alone/bin/webnpu doctor
alone/bin/python build_a_graph.py
