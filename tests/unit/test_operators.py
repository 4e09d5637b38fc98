"""What an operator is: its mechanisms one by one, and the arguments of all 95 held against WebNN's IDL."""

from __future__ import annotations

import inspect
import re
from typing import Annotated, Any

import pytest
from pydantic import ValidationError

from webnpu import OPERATORS, DataType, MLGraphBuilder, MLOperand, MLTypeError, OperandDescriptor, Operator, OperatorError
from webnpu.agreement import bound_of
from webnpu.operator import Limits, constraint, same
from webnpu.operators.convolution import Conv2d
from webnpu.operators.elementwise import Add, Clamp
from webnpu.types import FLOATS

SIGNATURES = """
argMin argMax :: (input, axis) keepDimensions=false outputDataType=int32
batchNormalization :: (input, mean, variance) scale bias axis=1 epsilon=1e-5
cast :: (input, dataType)
clamp :: (input) minValue maxValue
concat :: (inputs, axis)
conv2d :: (input, filter) padding strides dilations groups=1 inputLayout=nchw filterLayout=oihw bias
convTranspose2d :: (input, filter) padding strides dilations outputPadding outputSizes groups=1 inputLayout=nchw filterLayout=iohw
    bias
cumulativeSum :: (input, axis) exclusive=false reversed=false
add sub mul div max min pow equal notEqual greater greaterOrEqual lesser lesserOrEqual logicalAnd logicalOr logicalXor matmul :: (a,
    b)
logicalNot isNaN isInfinite :: (a)
abs ceil cos erf exp floor identity log neg reciprocal roundEven sin sign sqrt tan gelu hardSwish relu sigmoid softplus softsign tanh
    :: (input)
dequantizeLinear quantizeLinear :: (input, scale, zeroPoint)
elu :: (input) alpha=1
expand reshape :: (input, newShape)
gather gatherElements :: (input, indices) axis=0
gatherND :: (input, indices)
gemm :: (a, b) c alpha=1.0 beta=1.0 aTranspose=false bTranspose=false
gru :: (input, weight, recurrentWeight, steps, hiddenSize) bias recurrentBias initialHiddenState resetAfter=true returnSequence=false
    direction=forward layout=zrn activations
gruCell :: (input, weight, recurrentWeight, hiddenState, hiddenSize) bias recurrentBias resetAfter=true layout=zrn activations
hardSigmoid :: (input) alpha=0.2 beta=0.5
instanceNormalization :: (input) scale bias epsilon=1e-5 layout=nchw
layerNormalization :: (input) scale bias axes epsilon=1e-5
leakyRelu :: (input) alpha=0.01
linear :: (input) alpha=1 beta=0
lstm :: (input, weight, recurrentWeight, steps, hiddenSize) bias recurrentBias peepholeWeight initialHiddenState initialCellState
    returnSequence=false direction=forward layout=iofg activations
lstmCell :: (input, weight, recurrentWeight, hiddenState, cellState, hiddenSize) bias recurrentBias peepholeWeight layout=iofg
    activations
pad :: (input, beginningPadding, endingPadding) mode=constant value=0
averagePool2d l2Pool2d maxPool2d :: (input) windowDimensions padding strides dilations layout=nchw outputShapeRounding=floor
    outputSizes
prelu :: (input, slope)
reduceL1 reduceL2 reduceLogSum reduceLogSumExp reduceMax reduceMean reduceMin reduceProduct reduceSum reduceSumSquare :: (input) axes
    keepDimensions=false
resample2d :: (input) mode=nearest-neighbor scales sizes axes
reverse :: (input) axes
scatterElements :: (input, indices, updates) axis=0
scatterND :: (input, indices, updates)
slice :: (input, starts, sizes) strides
softmax :: (input, axis)
split :: (input, splits) axis=0
tile :: (input, repetitions)
transpose :: (input) permutation
triangular :: (input) upper=true diagonal=0
where :: (condition, trueValue, falseValue)
"""
"""WebNN's operators: positional arguments, then options with the defaults that the IDL gives."""


def signatures() -> dict[str, tuple[list[str], dict[str, str | None]]]:
    found = {}
    for entry in re.sub(r"\n +", " ", SIGNATURES).strip().splitlines():
        names, _, rest = entry.partition(" :: ")
        positional, _, options = rest.removeprefix("(").partition(")")
        parsed = dict((*option.split("=", 1), None)[:2] for option in options.split())
        found.update(dict.fromkeys(names.split(), (positional.split(", "), parsed)))
    return found


IDL = signatures()


def test_the_operators_are_webnns() -> None:
    assert set(OPERATORS) == set(IDL)
    assert len(IDL) == 95


@pytest.mark.parametrize("name", IDL)
def test_positional_arguments_are_in_the_order_of_the_idl(name: str) -> None:
    fields = OPERATORS[name].model_fields
    assert [field.alias for field in fields.values() if field.is_required()] == IDL[name][0]


@pytest.mark.parametrize("name", IDL)
def test_options_are_those_of_the_idl(name: str) -> None:
    fields = OPERATORS[name].model_fields
    assert {field.alias for field in fields.values() if not field.is_required()} == {*IDL[name][1], "label"}


@pytest.mark.parametrize("name", [name for name in IDL if any(IDL[name][1].values())])
def test_defaults_are_those_of_the_idl(name: str) -> None:
    defaults = {field.alias: field.default for field in OPERATORS[name].model_fields.values()}
    for option, text in IDL[name][1].items():
        if text is not None:
            value = defaults[option]
            expected: Any = {"true": True, "false": False}.get(text, text) if isinstance(value, (bool, str)) else float(text)
            assert value == expected, option


@pytest.mark.parametrize("name", IDL)
def test_builder_method_has_the_operators_signature(name: str) -> None:
    operator = OPERATORS[name]
    parameters = inspect.signature(getattr(MLGraphBuilder, operator.method)).parameters.values()
    positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional == ["self", *(n for n, field in operator.model_fields.items() if field.is_required())]
    assert {p.name for p in parameters if p.kind is p.KEYWORD_ONLY} == set(operator.model_fields) - set(positional)


@pytest.mark.parametrize(("name", "method"), [
    ("conv2d", "conv2d"), ("gatherND", "gather_nd"), ("isNaN", "is_nan"), ("reduceL1", "reduce_l1"), ("l2Pool2d", "l2_pool2d"),
    ("convTranspose2d", "conv_transpose2d"), ("reduceLogSumExp", "reduce_log_sum_exp"), ("lesserOrEqual", "lesser_or_equal"),
])  # fmt: skip
def test_method_is_the_name_in_snake_case(name: str, method: str) -> None:
    assert OPERATORS[name].method == method


@pytest.mark.parametrize("name", IDL)
def test_operator_is_documented(name: str) -> None:
    operator = OPERATORS[name]
    assert operator.__doc__
    undocumented = [n for n, field in operator.model_fields.items() if not field.description]
    assert not undocumented


@pytest.mark.parametrize("name", IDL)
def test_constraints_are_numbered_without_a_gap(name: str) -> None:
    labels = [rule.label for rule in OPERATORS[name].constraints]
    assert labels == [f"C{i + 1}" for i in range(len(labels))]


@pytest.mark.parametrize("name", IDL)
def test_every_operand_has_limits_and_required_types_are_allowed_ones(name: str) -> None:
    operator = OPERATORS[name]
    for operand, limits in {**operator.operand_limits, **operator.output_limits}.items():
        for other in (limits.types, limits.rank):
            assert not isinstance(other, type(same("x"))) or other.operand in operator.operand_limits, operand
        if limits.required is not None and isinstance(limits.types, tuple):
            assert set(limits.required) <= set(limits.types), operand


@pytest.fixture
def x(builder: MLGraphBuilder) -> MLOperand:
    return builder.input("x", {"dataType": "float32", "shape": [2, 3]})


def test_gap_in_the_numbering_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Gapped: constraints must be numbered C1, C2, ... without a gap, got \['C2'\]"):

        class Gapped(Operator):
            @constraint("C2", "never")
            def _never(self) -> bool:
                return False


def test_override_of_a_constraint_replaces_it() -> None:
    class Base(Operator):
        @constraint("C1", "the first rule")
        def _rule(self) -> bool:
            return True

    class Derived(Base):
        @constraint("C1", "another rule")
        def _rule(self) -> bool:
            return True

    assert [rule.text for rule in Derived.constraints] == ["another rule"]


def test_base_of_operators_is_no_operator() -> None:
    with pytest.raises(TypeError, match="is a base of operators, not an operator"):
        Operator().infer()


def test_operator_without_emulation_says_so(x: MLOperand) -> None:
    assert not Add.has_emulation()
    with pytest.raises(TypeError, match="add has no emulation"):
        Add(a=x, b=x).emulate(MLGraphBuilder())


def test_operands_that_must_be_given_come_first() -> None:
    assert list(OPERATORS["lstm"].operand_limits)[:3] == ["input", "weight", "recurrent_weight"]
    assert list(Conv2d.operand_limits) == ["input", "filter", "bias"]


def test_operator_is_frozen(x: MLOperand) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Add(a=x, b=x).label = "changed"


def test_arguments_have_two_spellings(x: MLOperand) -> None:
    assert Clamp(input=x, min_value=1).attributes() == Clamp.model_validate({"input": x, "minValue": 1}).attributes()


def test_two_uses_with_the_same_arguments_are_two(x: MLOperand) -> None:
    first, second = Add(a=x, b=x), Add(a=x, b=x)
    assert first != second
    assert len({first, second, first}) == 2


def test_attributes_leave_out_defaults(x: MLOperand) -> None:
    assert Clamp(input=x, min_value=1).attributes() == {"min_value": 1}
    assert OPERATORS["softmax"](input=x, axis=0).attributes() == {"axis": 0}


def test_operands_are_listed_with_their_fields(builder: MLGraphBuilder, x: MLOperand) -> None:
    op = builder.concat([x, x], 0).operator
    assert list(op.operands()) == [("inputs", x), ("inputs", x)]


@pytest.mark.parametrize(("descriptor", "constraint", "expected", "got"), [
    (("int32", (2, 3)), "input", "a data type of float32, float16", "int32[2, 3]"),
    (("float32", ()), "input", "a rank of at least 1", "float32[]"),
    (("float32", (5,)), "C1", "axis is below the rank of input", "axis 1 and rank 1"),
])  # fmt: skip
def test_error_names_operator_label_operand_expected_and_got(
    builder: MLGraphBuilder, descriptor: tuple[str, tuple[int, ...]], constraint: str, expected: str, got: str
) -> None:
    operand = builder.input("odd", {"dataType": descriptor[0], "shape": descriptor[1]})
    with pytest.raises(OperatorError) as caught:
        builder.softmax(operand, 1, label="last")
    assert str(caught.value) == f"softmax [last]: {constraint}: {expected}; got {got}"
    assert (caught.value.operator, caught.value.label, caught.value.constraint) == ("softmax", "last", constraint)


@pytest.mark.parametrize(("rank", "text"), [(2, "a rank of 2"), ((1, 3), "a rank of 1 to 3"), (same("input"), "the rank of input, 2")])
def test_limit_of_rank_is_said_in_words(builder: MLGraphBuilder, x: MLOperand, rank: Any, text: str) -> None:
    class Limited(Operator):
        input: MLOperand
        other: Annotated[MLOperand, Limits(FLOATS, rank)]

    other = builder.input("other", {"dataType": "float32", "shape": [1, 1, 1, 1]})
    with pytest.raises(OperatorError, match=f"limited: other: {text}; got float32"):
        Limited(input=x, other=other).check()


def test_limit_of_type_may_be_anothers(builder: MLGraphBuilder, x: MLOperand) -> None:
    half = builder.input("half", {"dataType": "float16", "shape": [3]})
    with pytest.raises(OperatorError, match=r"add: b: the data type of a, float32; got float16\[3\]"):
        builder.add(x, half)


def test_message_spells_names_as_webnn_does(builder: MLGraphBuilder, x: MLOperand) -> None:
    wrong = builder.input("wrong", {"dataType": "int8", "shape": [1, 3]})
    with pytest.raises(OperatorError, match=r"dequantizeLinear: zeroPoint: the data type of input, uint8; got int8\[1, 3\]"):
        builder.dequantize_linear(builder.input("q", {"dataType": "uint8", "shape": [2, 3]}), x, wrong)


@pytest.mark.parametrize(("method", "options", "expected"), [
    ("softmax", {}, "softmax: axis: a value; got none"),
    ("softmax", {"axis": 1, "size": 2}, "softmax: size: one of label, input, axis; got an unknown argument size"),
    ("softmax", {"axis": 1.5}, "got float 1.5"),
    ("softmax", {"axis": True}, "got bool True"),
    ("softmax", {"axis": -1}, "softmax: axis: input should be greater than or equal to 0; got int -1"),
    ("softmax", {"axis": 2**32}, "less than or equal to 4294967295"),
    ("elu", {"alpha": float("nan")}, "elu: alpha: input should be a finite number; got float nan"),
    ("elu", {"alpha": "1"}, "got str '1'"),
    ("transpose", {"permutation": 3}, "transpose: permutation"),
    ("resample2d", {"mode": "cubic"}, "'nearest-neighbor' or 'linear'"),
    ("resample2d", {"scales": [1e39, 1.0]}, "less than or equal to 34028234663852886"),
    ("reduce_sum", {"keep_dimensions": 1}, "got int 1"),
    ("triangular", {"diagonal": 2**31}, "less than or equal to 2147483647"),
    ("cast", {"data_type": "float64"}, "cast: data_type"),
    ("add", {"b": 3}, "add: b: input should be an instance of MLOperand; got int 3"),
])  # fmt: skip
def test_wrong_argument_is_named_with_what_came(
    builder: MLGraphBuilder, x: MLOperand, method: str, options: dict[str, Any], expected: str
) -> None:
    with pytest.raises(MLTypeError, match=re.escape(expected)):
        getattr(builder, method)(x, **options)


def test_error_survives_pickling() -> None:
    import pickle

    error = pickle.loads(pickle.dumps(OperatorError("add", "l", "C1", "e", "g")))
    assert str(error) == "add [l]: C1: e; got g"


def test_bound_depends_on_the_use(builder: MLGraphBuilder, x: MLOperand) -> None:
    weights = builder.input("weights", {"dataType": "float32", "shape": [3, 4]})
    op = builder.matmul(x, weights).operator
    assert str(bound_of(op, DataType.FLOAT32)) == "6 ULP"


def test_json_schema_carries_limits_and_words() -> None:
    schema = OPERATORS["softmax"].model_json_schema()["properties"]
    assert schema["input"]["webnn:dataTypes"] == ["float32", "float16"]
    assert schema["input"]["webnn:rank"] == {"min": 1, "max": None}
    assert schema["axis"]["description"] == "The dimension that is normalised."


def test_operand_says_what_it_is(builder: MLGraphBuilder, x: MLOperand) -> None:
    assert repr(x) == "<MLOperand float32[2, 3] input x>"
    assert repr(builder.constant("int8", 3)) == "<MLOperand int8[] constant>"
    assert repr(builder.relu(x)) == "<MLOperand float32[2, 3] relu>"
    assert x.descriptor == OperandDescriptor(DataType.FLOAT32, (2, 3))
