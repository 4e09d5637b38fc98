"""Generated files are up to date, true, and of use: stubs match methods, examples run, schemas accept what is valid."""

import copy
import inspect
import json
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from webnpu import OPERATORS, MLGraphBuilder
from webnpu.builder_methods import BuilderMethods
from webnpu.conformance.report import BackendReport, Report
from webnpu.conformance.verdicts import Result
from webnpu.generate import examples, facts
from webnpu.generate.products import OWNED, ROOT, current, products
from webnpu.graph_file import to_document

SPEC = ROOT / "spec"


def schema(name: str) -> Any:
    return json.loads((SPEC / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"))


def validator(name: str) -> Draft202012Validator:
    registry = Registry().with_resources((loaded["$id"], Resource.from_contents(loaded)) for loaded in map(schema, ("graph", "cases")))
    return Draft202012Validator(schema(name), registry=registry)


GRAPH, CASES = validator("graph"), validator("cases")


def test_generated_files_are_up_to_date() -> None:
    wanted, present = products(), current()
    stale = sorted(path for path, text in wanted.items() if present.get(path) != text)
    stray = sorted(present.keys() - wanted.keys())
    assert (stale, stray) == ([], []), "run: python -m webnpu.generate"


def test_owned_folders_hold_generated_files_alone() -> None:
    files = {path.relative_to(ROOT).as_posix() for folder in OWNED for path in (ROOT / folder).rglob("*") if path.is_file()}
    assert files == {path for path in products() if path.startswith(OWNED)}


def stub_parameters() -> dict[str, dict[str, tuple[bool, str]]]:
    """By method, the parameters of the stubs: whether they are keyword-only, and their default."""
    import ast

    tree = ast.parse((ROOT / "webnpu" / "builder_methods.pyi").read_text(encoding="utf-8"))
    found = {}
    for method in ast.walk(tree):
        if isinstance(method, ast.FunctionDef) and method.name != "apply":
            parameters = {a.arg: (False, "") for a in method.args.args}
            parameters |= {
                a.arg: (True, repr(ast.literal_eval(d)) if d else "")
                for a, d in zip(method.args.kwonlyargs, method.args.kw_defaults, strict=True)
            }
            found[method.name] = parameters
    return found


def test_stubs_have_the_methods_that_there_are() -> None:
    assert set(stub_parameters()) == {operator.method for operator in OPERATORS.values()}


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)
def test_stubs_match_the_methods(operator: Any) -> None:
    parameters = inspect.signature(getattr(BuilderMethods, operator.method)).parameters.values()
    actual = {p.name: (p.kind is p.KEYWORD_ONLY, "" if p.default is p.empty else plain_repr(p.default)) for p in parameters}
    stub = stub_parameters()[operator.method]
    assert stub == actual
    positional = [name for name, (keyword, _) in stub.items() if not keyword]
    assert positional == [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY]


def plain_repr(value: Any) -> str:
    return repr(str(value)) if isinstance(value, str) else repr(value)


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", OPERATORS)
def test_page_tells_the_truth(name: str) -> None:
    operator, page = OPERATORS[name], (SPEC / "operators" / f"{name}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {name}\n")
    rules = dict(re.findall(r"\*\*(C\d+)\*\* \(\[check\]\([^)]*\)\): (.*)\.$", page, re.MULTILINE))
    assert rules == {rule.label: rule.text for rule in operator.constraints}
    for member in facts.members(operator):
        assert member.name == "label" or f"| `{member.alias}`" in page
    with redirect_stdout(StringIO()) as text:
        exec(compile(blocks(page, "python")[-1], f"{name}.md", "exec"), {})
    assert text.getvalue() == blocks(page, "text")[-1]


def links(page: Path) -> Iterator[str]:
    outside_code = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return (target for target in re.findall(r"\]\(([^)\s]+)\)", outside_code) if not target.startswith("http"))


@pytest.mark.parametrize("page", sorted(SPEC.rglob("*.md")), ids=lambda page: page.relative_to(SPEC).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in links(page):
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if re.fullmatch(r"L\d+", fragment):
            assert int(fragment[1:]) <= len(file.read_text(encoding="utf-8").splitlines()), target


@pytest.mark.parametrize("name", OPERATORS)
def test_links_to_source_hit_the_definition(name: str) -> None:
    page = (SPEC / "operators" / f"{name}.md").read_text(encoding="utf-8")
    path, line = re.findall(r"\[class\]\(\.\./\.\./([^)#]+)#L(\d+)\)", page)[0]
    assert (ROOT / path).read_text(encoding="utf-8").splitlines()[int(line) - 1].startswith(f"class {OPERATORS[name].__name__}(")


def test_table_of_the_polyfill_has_every_operator() -> None:
    text = (ROOT / "polyfill" / "src" / "generated" / "operators.ts").read_text(encoding="utf-8")
    table = text.partition("export const OPERATORS")[2]
    assert re.findall(r"^  (\w+): \{$", table, re.MULTILINE) == list(OPERATORS)
    for name, rule in re.findall(r"^  (\w+): \{$(.*?)^  \},$", table, re.DOTALL | re.MULTILINE):
        operator = OPERATORS[name]
        assert re.findall(r'\{ label: "(C\d+)"', rule) == [constraint.label for constraint in operator.constraints]
        named = [member.alias for member in facts.members(operator) if member.name != "label"]
        assert re.findall(r'^      \{ name: "(\w+)"', rule, re.MULTILINE) == named


def test_interface_has_every_operator() -> None:
    text = (SPEC / "webnpu.webidl").read_text(encoding="utf-8")
    methods = re.findall(r"^  (?:MLOperand|sequence<MLOperand>) (\w+)\(", text, re.MULTILINE)
    assert [name for name in methods if name not in ("input", "constant")] == list(OPERATORS)


@pytest.mark.parametrize("name", ["graph", "cases", "report"])
def test_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


def document(name: str) -> Any:
    """The document of an operator's example."""
    namespace: dict[str, Any] = {}
    with redirect_stdout(StringIO()):
        exec(examples.code(OPERATORS[name]), namespace)
    return json.loads(json.dumps(to_document(namespace["graph"].graph)))


@pytest.mark.parametrize("name", OPERATORS)
def test_schema_accepts_what_is_valid_and_nothing_else(name: str) -> None:
    valid = document(name)
    GRAPH.validate(valid)
    operator = valid["operators"][-1]
    required = [member.alias for member in facts.positional(OPERATORS[name])]
    for member in ("operator", "outputs", *required):
        assert not GRAPH.is_valid(changed(valid, lambda op, member=member: op.pop(member)))
    for member, wrong in {"operator": "nothing", "extra": 1, "outputs": [], required[0]: 1, "label": None}.items():
        assert not GRAPH.is_valid(changed(valid, lambda op, member=member, wrong=wrong: op.update({member: wrong}))), (operator, member)


def changed(valid: Any, change: Any) -> Any:
    broken = copy.deepcopy(valid)
    change(broken["operators"][-1])
    return broken


@pytest.mark.parametrize(
    "change",
    [
        {"webnpu": 2},
        {"outputs": {}},
        {"inputs": None},
        {"extra": 1},
        {"operators": {}},
        {"inputs": {"": {"dataType": "int8", "shape": []}}},
    ],
    ids=str,
)
def test_schema_rejects_broken_documents(change: dict[str, Any]) -> None:
    assert not GRAPH.is_valid(document("add") | change)


@pytest.mark.parametrize("number", [1, 0.5, "NaN", "-Infinity", str(2**63)])
def test_schema_accepts_every_number(number: Any) -> None:
    assert GRAPH.is_valid(changed(document("clamp"), lambda op: op.update(minValue=number)))
    assert not GRAPH.is_valid(changed(document("clamp"), lambda op: op.update(minValue="many")))


CORPUS = ROOT / "tests" / "conformance"


@pytest.mark.parametrize(
    "path", sorted([*CORPUS.glob("cases/*.json"), *CORPUS.glob("validation/*.json")]), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_schema_accepts_the_corpus(path: Path) -> None:
    CASES.validate(json.loads(path.read_text(encoding="utf-8")))


def test_schema_rejects_broken_cases() -> None:
    (case, *_) = json.loads((CORPUS / "cases" / "abs.json").read_text(encoding="utf-8"))["cases"]
    assert CASES.is_valid({"operator": "abs", "cases": [case]})
    for change in ({"extra": 1}, {"outputs": []}, {"document": {**case["document"], "webnpu": 0}}):
        assert not CASES.is_valid({"operator": "abs", "cases": [case | change]})


def test_schema_accepts_a_report() -> None:
    results = [
        Result(id="abs/float32", operator="abs", type="float32", verdict="pass", ulp=0, bound=0),
        Result(id="abs/int8", operator="abs", type="int8", verdict="refused", reason="no", required=True),
    ]
    backends = {"reference": BackendReport.of(results, "a device", {"numpy": "2"})}
    report = Report(webnpu="1", created="2026-06-01T00:00:00Z", suite="two cases", backends=backends).model_dump(mode="json", by_alias=True)
    validator("report").validate(report)
    assert not validator("report").is_valid(report | {"backends": 1})


def test_builder_has_no_other_methods() -> None:
    own = {"apply", "build", "constant", "finish", "input"}
    public = {name for name in dir(MLGraphBuilder) if not name.startswith("_")}
    assert public == own | {operator.method for operator in OPERATORS.values()}
