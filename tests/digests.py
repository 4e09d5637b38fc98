"""Digests of what a change that should change nothing must leave as it is: ``python tests/digests.py FILE [EARLIER]``.

Written to FILE, as JSON: of each graph of the parity tests (tests/polyfill/test_plans.py) the plan with its constants as Python and
as the polyfill make it, and Python's text of every shader in it; every generated file; every file of the corpus; and the gzipped
sizes of the polyfill's bundles, as far as they are built. With the file of an EARLIER run, says what differs from it, and exits with
1 if anything but the sizes does.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from polyfill.scripts import CORPUS, POLYFILL, ROOT, run_script
from polyfill.test_texts import texts_of

from polyfill import test_plans
from webnpu.errors import Unsupported
from webnpu.generate.products import current

Digests = dict[str, dict[str, Any]]


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()[:32]


def of_answer(answer: dict[str, Any]) -> str:
    """A plan and digests of its constants, or a refusal; the order of members counts."""
    return digest(json.dumps(answer).encode())


def graphs() -> Digests:
    """Of each graph the plan on both sides, and the texts."""
    sources = (test_plans.corpus, test_plans.composed, test_plans.literals, test_plans.concats, test_plans.products, test_plans.large)
    questions = {f"{number}: {q.name}": q for number, q in enumerate(question for source in sources for question in source())}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "questions"
        path.write_text("\n".join(question.document() for question in questions.values()))
        answers = run_script("plans/planned.ts", path)
    found: Digests = {"plans": {}, "plans of the polyfill": dict(zip(questions, map(of_answer, answers), strict=True)), "texts": {}}
    for name, question in questions.items():
        found["plans"][name] = of_answer(question.answer())
        try:
            plan = test_plans.BACKEND.lower(question.graph, question.limits).plan
        except Unsupported:
            continue
        found["texts"][name] = digest("".join(texts_of(plan)).encode())
    return found


def files() -> Digests:
    corpus = (path for path in CORPUS.rglob("*") if path.suffix in (".json", ".toml"))
    bundles = (path for path in (POLYFILL / "dist").rglob("*.js") if "site" not in path.parts)
    return {
        "generated": {path: digest(text.encode()) for path, text in current().items()},
        "corpus": {str(path.relative_to(ROOT)): digest(path.read_bytes()) for path in corpus},
        "sizes": {
            re.sub(r"-[\w-]{8}(?=\.js$)", "", str(path.relative_to(POLYFILL))): len(gzip.compress(path.read_bytes(), mtime=0))
            for path in sorted(bundles)
        },
    }


def differences(before: Digests, after: Digests) -> dict[str, list[str]]:
    """By section, the names whose digests differ, or that one side lacks."""
    return {
        section: [
            name for name in dict.fromkeys([*before[section], *after[section]]) if before[section].get(name) != after[section].get(name)
        ]
        for section in after
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("earlier", type=Path, nargs="?")
    arguments = parser.parse_args()
    after = graphs() | files()
    arguments.file.write_text(json.dumps(after, indent=1))
    print(", ".join(f"{len(of)} {section}" for section, of in after.items()))
    if arguments.earlier is None:
        return 0
    before = json.loads(arguments.earlier.read_text())
    found = differences(before, after)
    for section, names in found.items():
        of = (f"{name} ({before[section].get(name)} before, {after[section].get(name)} now)" for name in names)
        print(f"{section}: {len(names)} differ", *([] if not names else list(of)[:10]), sep="\n  ")
    return int(any(names for section, names in found.items() if section != "sizes"))


if __name__ == "__main__":
    sys.exit(main())
