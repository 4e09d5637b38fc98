"""``spec/schema``: JSON Schemas of the graph document, of conformance cases and of the report.

pydantic makes the schemas of our classes; here they are closed into one union and made readable.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from ..conformance.cases import Case, Rejection
from ..conformance.report import Report
from ..graph_file import Document
from ..operator import Operator
from ..operators import OPERATORS
from ..types import MAX_TENSOR_COUNT

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SITE = "https://webnpu.github.io/webnpu/schema/"

_VALUE = {"type": "string", "minLength": 1, "description": "The name of a value: of an input, a constant or an output of an operator."}


def files() -> dict[str, str]:
    """The generated files, by their path from the root of the repository."""
    schemas = {"graph": graph_schema(), "cases": cases_schema(), "report": report_schema()}
    return {f"spec/schema/{name}.schema.json": _json(name, schema) for name, schema in schemas.items()}


def _json(name: str, schema: dict[str, Any]) -> str:
    head = {"$schema": _DIALECT, "$id": f"{_SITE}{name}.schema.json"}
    return json.dumps({**head, **schema}, indent=1, ensure_ascii=False) + "\n"


def graph_schema() -> Any:
    """The schema of a graph document: `webnpu.graph_file.Document`, its operators a closed union.

    It says what a document looks like. That every value stands before its use, and that limits and constraints
    hold, is left to the loader; ``webnn:`` members carry those rules for readers.
    """
    _, shared = models_json_schema([(operator, "validation") for operator in OPERATORS.values()], ref_template="#/$defs/{model}")
    schema, definitions = Document.model_json_schema(), shared["$defs"]
    definitions |= schema.pop("$defs")
    for operator in OPERATORS.values():
        definitions[operator.name] = _operator_schema(operator, definitions.pop(operator.__name__))
    schema["properties"]["webnpu"] = {"const": 1, "description": "The version of the format."}
    for members in ("inputs", "constants", "outputs"):
        schema["properties"][members]["propertyNames"] = {"minLength": 1}
    schema["properties"]["outputs"] |= {"minProperties": 1, "additionalProperties": {"$ref": "#/$defs/Value"}}
    schema["properties"]["operators"]["items"] = {
        "type": "object",
        "required": ["operator"],
        "properties": {"operator": {"enum": list(OPERATORS)}},
        "allOf": [_when(name) for name in OPERATORS],
    }
    schema["title"], schema["description"] = "WebNPU graph", "A graph: its values by name, and its operators in order."
    definitions["Value"] = _VALUE
    order = ("Value", "Descriptor", "DataType")
    schema["$defs"] = dict(sorted(definitions.items(), key=lambda item: (item[0] not in order, item[0] in OPERATORS)))
    return _without_null(_tidy(schema))


def _when(name: str) -> dict[str, Any]:
    """One branch of the union. Unlike with ``oneOf``, a validator looks at one branch alone, and says which member is at fault."""
    return {"if": {"properties": {"operator": {"const": name}}}, "then": {"$ref": f"#/$defs/{name}"}}


def _operator_schema(operator: type[Operator], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of one operator in a document: its class, the operator's name, and the names of its outputs."""
    properties = schema["properties"]
    label = properties.pop("label")
    outputs = {"type": "array", "items": {"$ref": "#/$defs/Value"}, "minItems": 1, "maxItems": _most_outputs(operator)}
    return {
        **schema,
        "title": operator.name,
        "properties": {"operator": {"const": operator.name}, **properties, "label": label, "outputs": outputs},
        "required": ["operator", *schema["required"], "outputs"],
        "webnn:outputs": {name: limits.described() for name, limits in operator.output_limits.items()},
        "webnn:constraints": {rule.label: rule.text for rule in operator.constraints},
    }


def _most_outputs(operator: type[Operator]) -> int:
    return MAX_TENSOR_COUNT if "outputs" in operator.output_limits else len(operator.output_limits)


def cases_schema() -> dict[str, Any]:
    """The schema of a file of conformance cases, of either kind."""
    schema = TypeAdapter(list[Case] | list[Rejection]).json_schema()
    definitions = schema["$defs"]
    for case in (Case, Rejection):
        definitions[case.__name__]["properties"]["document"] = {"$ref": "graph.schema.json"}
    # What must be rejected may be malformed, so it is no valid graph document.
    definitions["Rejection"]["properties"]["document"] = {"type": "object", "description": "The graph, which must be rejected."}
    tidied: dict[str, Any] = _tidy(
        {
            "title": "WebNPU conformance cases",
            "description": "The cases of one operator.",
            "type": "object",
            "properties": {"operator": {"type": "string"}, "cases": {"anyOf": schema["anyOf"]}},
            "required": ["operator", "cases"],
            "additionalProperties": False,
            "$defs": definitions,
        }
    )
    return tidied


def report_schema() -> dict[str, Any]:
    """The schema of the report of a conformance run."""
    schema: dict[str, Any] = _tidy(Report.model_json_schema(mode="serialization"))
    return {**schema, "title": "WebNPU conformance report"}


def _tidy(schema: Any, *, named: bool = False) -> Any:
    """A schema without noise: made-up titles, Python's spelling of bytes and of code in prose.

    Args:
        schema: a schema, or a part of it.
        named: whether its keys are names of members, not keywords.
    """
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema.replace("``", "`") if isinstance(schema, str) else schema
    if named:
        return {name: _without_title(_tidy(member)) for name, member in schema.items()}
    tidied = {key: _tidy(value, named=key in ("properties", "$defs")) for key, value in schema.items()}
    if tidied.get("title") == "MLOperand":
        tidied = {"$ref": "#/$defs/Value", **{key: value for key, value in tidied.items() if key not in ("title", "type")}}
    if tidied.get("format") == "binary":
        tidied = {**tidied, "contentEncoding": "base64"}
        del tidied["format"]
    return tidied


def _without_title(schema: Any) -> Any:
    return {key: value for key, value in schema.items() if key != "title"} if isinstance(schema, dict) else schema


def _without_null(schema: Any) -> Any:
    """A schema whose optional members are absent where they have no value, never null, as our documents have it."""
    if isinstance(schema, list):
        return [_without_null(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _without_null(value) for key, value in schema.items()}
    if {"type": "null"} in plain.get("anyOf", ()):
        some = [item for item in plain.pop("anyOf") if item != {"type": "null"}]
        plain = {**(some[0] if len(some) == 1 else {"anyOf": some}), **plain}
        plain = {key: value for key, value in plain.items() if not (key == "default" and value is None)}
    return plain
