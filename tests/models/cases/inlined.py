"""Local functions, and If, Loop and Scan whose course is known without an image."""

import numpy as np
import onnx
from onnx import helper

from cases.build import constant, floats, graph, ints, node, weight

TENSOR = onnx.TensorProto
W = weight("w", 6, 4, 3, 3)


def with_functions(case, *functions):
    """CASE with local FUNCTIONS of the domain `tests`."""
    case.model.functions.extend(functions)
    return case


def function(name, inputs, outputs, nodes, attributes=(), opset=17, defaults=()):
    """A local function; the names of its nodes are left out, as exporters do."""
    for inner in nodes:
        inner.name = ""
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("tests", 1)]
    return helper.make_function("tests", name, inputs.split(" "), outputs.split(" "), nodes,
                                imports, list(attributes), list(defaults))


def call(name, inputs, output, **attributes):
    """A call of a local function."""
    return node(name, inputs, output, domain="tests", **attributes)


def referring(inner, name, argument, kind=onnx.AttributeProto.INTS):
    """The node INNER with an attribute NAME that is the function's ARGUMENT."""
    attribute = inner.attribute.add()
    attribute.name, attribute.ref_attr_name, attribute.type = name, argument, kind
    return inner


def local_functions():
    """Calls with attributes, in each other, several times, in another operator set."""
    options = {"opset": 17, "domains": ("tests",)}
    conv = function("conv_relu", "a k", "o", [
        referring(node("Conv", "a k", "b"), "pads", "border"), node("Relu", "b", "o")],
        attributes=["border"])
    twice = function("twice", "a k l", "o", [
        call("conv_relu", "a k", "m", border=[1, 1, 1, 1]),
        call("conv_relu", "m l", "o", border=[0, 0, 0, 0])])
    leaky = function("leaky", "a", "o", [
        referring(node("LeakyRelu", "a", "o"), "alpha", "slope", onnx.AttributeProto.FLOAT)],
        defaults=[helper.make_attribute("slope", 0.3)])
    two = function("both", "a b", "s d", [node("Add", "a b", "s"), node("Sub", "a b", "d")])
    optional = function("maybe", "a k bias", "o", [node("Conv", "a k bias", "o")])
    square = weight("square", 4, 4, 3, 3)
    old = function("old", "a", "o", [node("Softmax", "a", "o", axis=1)], opset=11)
    return [
        with_functions(graph("function_attribute", [
            call("conv_relu", "x w", "y", border=[1, 0, 1, 2])], [W], **options), conv),
        with_functions(graph("function_nested", [
            call("twice", "x square w", "t"), call("twice", "t v u", "y")],
            [square, W, weight("v", 6, 6, 3, 3), weight("u", 5, 6, 3, 3)], **options),
            conv, twice),
        with_functions(graph("function_default", [
            call("leaky", "x", "a"), call("leaky", "a", "y", slope=0.7)], **options), leaky),
        with_functions(graph("function_outputs", [
            node("Relu", "x", "r"), call("both", "x r", "s d"), node("Mul", "s d", "y")],
            **options), two),
        with_functions(graph("function_output_omitted", [
            node("Relu", "x", "r"), helper.make_node("both", ["x", "r"], ["", "y"], name="node_y",
                                                     domain="tests")], **options), two),
        with_functions(graph("function_input_omitted", [call("maybe", "x w", "y")], [W],
                             **options), optional),
        with_functions(graph("function_opset", [
            node("GlobalAveragePool", "x", "g"), call("old", "g", "y")], **options), old),
    ]


def branch(name, nodes, output, kind=TENSOR.FLOAT):
    """The inner graph of an If."""
    return helper.make_graph(nodes, name, [], [helper.make_tensor_value_info(output, kind, None)])


def conditional(condition, then, other, output="y"):
    """An If that reads the tensor CONDITION."""
    return node("If", condition, output, then_branch=then, else_branch=other)


def branches():
    """If on constants, shapes and inside each other; the old Squeeze of PyTorch."""
    plus = branch("plus", [node("Relu", "r", "t")], "t")
    minus = branch("minus", [node("Neg", "r", "e")], "e")
    relu = node("Conv", "x w", "r", pads=[1, 1, 1, 1])
    true, false = (constant(f"c{i}", np.array(i == 1)) for i in (1, 0))
    shape = [node("Shape", "r", "s"), node("Gather", "s one", "n"), node("Equal", "n six", "c")]
    numbers = [ints("one", 1), ints("six", 6)]
    with_weight = branch("w_then", [node("Mul", "r inner", "t")], "t")
    with_weight.initializer.append(weight("inner", 6, 1, 1))
    outer = branch("outer", [conditional("c0", plus, minus, "inside"),
                             node("Tanh", "inside", "o")], "o")
    twice = [conditional("c1", plus, minus, "r2"), node("Sigmoid", "r2", "q"),
             conditional("c1", branch("p", [node("Tanh", "q", "t")], "t"), minus)]
    return [
        graph("if_true", [relu, true, conditional("c1", plus, minus)], [W]),
        graph("if_false", [relu, false, conditional("c0", plus, minus)], [W]),
        graph("if_shape", [relu, *shape, conditional("c", plus, minus)], [W, *numbers]),
        graph("if_initializer", [relu, true, conditional("c1", with_weight, minus)], [W]),
        graph("if_nested", [relu, true, false, conditional("c1", outer, minus)], [W]),
        graph("if_same_names", [relu, true, *twice], [W]),
        graph("if_constant_result", [
            relu, true, conditional("c1", branch("a", [constant("t", np.full(1, 2, np.float32))],
                                                 "t"), minus, "k"),
            node("Mul", "r k", "y")], [W]),
    ]


def loop_body(nodes, state="v_in", results=("v_out",), condition="go"):
    """The body of a Loop with one carried tensor; RESULTS: carried, then stacked."""
    values = [helper.make_tensor_value_info("i", TENSOR.INT64, []),
              helper.make_tensor_value_info("go_in", TENSOR.BOOL, []),
              helper.make_tensor_value_info(state, TENSOR.FLOAT, None)]
    outputs = [helper.make_tensor_value_info(condition, TENSOR.BOOL, [])]
    outputs += [helper.make_tensor_value_info(r, TENSOR.FLOAT, None) for r in results]
    return helper.make_graph(nodes, "body", values, outputs)


def loops():
    """Loop and Scan with constant lengths."""
    keep = node("Identity", "go_in", "go")
    layer = [node("Conv", "v_in k", "c", pads=[1, 1, 1, 1]), node("Relu", "c", "v_out"), keep]
    kernel = weight("k", 4, 4, 3, 3)
    by_round = [node("Cast", "i", "f", to=1), node("Add", "v_in f", "v_out"), keep]
    until = [node("Add", "v_in one", "v_out"), node("Less", "i two", "go")]
    stacking = [node("Add", "v_in one", "v_out"), node("Mul", "v_out v_out", "out"), keep]
    stacked = [node("Loop", "n - start", "last all", body=loop_body(
                   stacking, results=("v_out", "out"))),
               node("ReduceSum", "all", "sum", keepdims=0), node("Mul", "sum last", "k2"),
               node("Add", "x k2", "y")]
    numbers = helper.make_graph(
        [node("Add", "state slice", "sum"), node("Mul", "sum slice", "product")], "scan",
        [helper.make_tensor_value_info(n, TENSOR.FLOAT, None) for n in ("state", "slice")],
        [helper.make_tensor_value_info(n, TENSOR.FLOAT, None) for n in ("sum", "product")])
    rows = weight("rows", 3, 8)
    reverse = {"scan_input_directions": [1], "scan_output_axes": [1],
               "scan_output_directions": [1]}
    scan_end = [node("ReduceSum", "all", "line", keepdims=0), node("Add", "line last", "k2"),
                node("Add", "x k2", "y")]
    return [
        graph("loop_layers", [node("Loop", "n - x", "y", body=loop_body(layer))],
              [ints("n", 3), kernel]),
        graph("loop_counter", [node("Loop", "n - x", "y", body=loop_body(by_round))],
              [ints("n", 4)]),
        graph("loop_condition", [node("Loop", "- true x", "v", body=loop_body(until)),
                                 node("Tanh", "v", "y")],
              [helper.make_tensor("true", TENSOR.BOOL, [], [True]), ints("two", 2),
               floats("one", 0.25)]),
        graph("loop_none", [node("Loop", "n - x", "v", body=loop_body(layer)),
                            node("Relu", "v", "y")], [ints("n", 0), kernel]),
        graph("loop_stacked", stacked, [ints("n", 3), floats("one", 1), floats("start", [0.5])]),
        graph("scan_constant", [
            node("Scan", "zero rows", "last all", body=numbers, num_scan_inputs=1), *scan_end],
            [rows, floats("zero", np.zeros(8))]),
        graph("scan_reversed", [
            node("Scan", "zero rows", "last all", body=numbers, num_scan_inputs=1, **reverse),
            node("ReduceL2", "all", "norms", axes=[1], keepdims=0), node("Add", "norms last", "k2"),
            node("Add", "x k2", "y")], [rows, floats("zero", np.zeros(8))]),
    ]


CASES = local_functions() + branches() + loops()
