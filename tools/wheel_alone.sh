#!/bin/sh
# Builds the wheel and tries it where nothing else of the checkout can be imported: every backend, and the command.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

PYTHON=${PYTHON:-} tools/provision.sh python node
python=${PYTHON:-.venv/bin/python}
.venv/bin/python -m build --wheel --outdir "$place/dist" . >"$place/log" 2>&1 || { cat "$place/log"; exit 1; }
wheel=$(ls "$place"/dist/*.whl)

# install FOLDER EXTRAS: an environment of the wheel, and of what it asks for
install() {
    "$python" -m venv "$place/$1"
    "$place/$1/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt "$wheel$2"
    (cd "$place" && "$1/bin/python" -c "import webnpu, pathlib; assert not pathlib.Path(webnpu.__file__).is_relative_to('$root'), webnpu.__file__")
}

install core ""
install alone "[all]"
cp examples/build_a_graph.py "$place"
cd "$place"
alone/bin/python --version
core/bin/python build_a_graph.py
core/bin/webnpu doctor 2>&1 | grep -q "pip install 'webnpu\[cli\]'"
alone/bin/webnpu doctor
alone/bin/python build_a_graph.py
alone/bin/python -m pip check --disable-pip-version-check
