"""Concat, split, slice and pad."""

import numpy as np

from cases.build import NEWEST, constant, floats, graph, ints, node, single, weight

W = weight("w", 4, 4, 3, 3)


def concat():
    """Concatenation, along the channels unless it may be refused."""
    two = [node("Conv", "x w", "a", pads=[1, 1, 1, 1]), node("Sigmoid", "x", "b")]
    return [
        graph("concat_two", [*two, node("Concat", "a b", "y", axis=1)], [W]),
        graph("concat_opset7", [*two, node("Concat", "a b", "y", axis=1)], [W], opset=7),
        graph("concat_three", [*two, node("Concat", "b x a", "y", axis=1)], [W], opset=NEWEST),
        graph("concat_negative_axis", [*two, node("Concat", "a b", "y", axis=-3)], [W]),
        graph("concat_twice_the_same", [node("Relu", "x", "a"),
                                        node("Concat", "a a", "y", axis=1)]),
        graph("concat_one", [node("Concat", "x", "y", axis=1)]),
        graph("concat_of_concats", [*two, node("Concat", "a b", "c", axis=1),
                                    node("Concat", "c x", "y", axis=1)], [W]),
        graph("concat_relu_conv", [*two, node("Concat", "a b", "c", axis=1),
                                   node("Relu", "c", "r"), node("Conv", "r v", "y")],
              [W, weight("v", 3, 8, 3, 3)]),
        graph("concat_rows", [*two, node("Concat", "a b", "y", axis=2)], [W], may_refuse=True),
        graph("concat_flat", [node("GlobalAveragePool", "x", "g"), node("GlobalMaxPool", "x", "m"),
                              node("Flatten", "g", "a"), node("Flatten", "m", "b"),
                              node("Concat", "a b", "y", axis=1)]),
    ]


def split():
    """The parts are joined again in another order, so that each one matters."""
    wide = (6, 5, 4)
    swap = node("Concat", "b a", "y", axis=1)
    parts = ints("parts", [1, 5])
    three = [node("Split", "x", "a b c", axis=1), node("Concat", "c a b", "y", axis=1)]
    return [
        graph("split_attribute", [node("Split", "x", "a b", axis=1, split=[2, 4]), swap],
              opset=9, shape=wide),
        graph("split_attribute_7", [node("Split", "x", "a b", axis=1, split=[1, 5]), swap],
              opset=7, shape=wide),
        graph("split_negative_axis", [node("Split", "x", "a b", axis=-3, split=[1, 5]), swap],
              opset=11, shape=wide),
        graph("split_equal_11", three, opset=11, shape=wide),
        graph("split_equal_13", three, opset=13, shape=wide),
        graph("split_input", [node("Split", "x parts", "a b", axis=1), swap], [parts],
              opset=13, shape=wide),
        graph("split_input_constant", [constant("p", np.array([4, 2])),
                                       node("Split", "x p", "a b", axis=1), swap],
              opset=13, shape=wide),
        graph("split_number", [node("Split", "x", "a b", axis=1, num_outputs=2), swap],
              opset=18, shape=wide),
        graph("split_number_uneven", [node("Split", "x", "a b", axis=1, num_outputs=2), swap],
              opset=18, shape=(7, 5, 4)),
        graph("split_newest", [node("Split", "x parts", "a b", axis=1), swap], [parts],
              opset=NEWEST, shape=wide),
        graph("split_one_part_read", [node("Split", "x", "a b", axis=1, split=[2, 4]),
                                      node("Relu", "b", "y")], opset=9, shape=wide),
        graph("split_rows", [node("Split", "x", "a b", axis=2, split=[2, 3]),
                             node("Concat", "b a", "y", axis=2)], opset=9, shape=wide,
              may_refuse=True),
    ]


def slice_input(name, starts, ends, axes, steps=None, **options):
    """A slice by inputs; None omits an input."""
    tensors = [ints("starts", starts), ints("ends", ends)]
    tensors += [ints("axes", axes)] if axes is not None else []
    tensors += [ints("steps", steps)] if steps is not None else []
    return single(f"slice_{name}", "Slice", tensors, shape=(6, 5, 4), **options)


def slices():
    """Slices of channels, by attributes up to opset 9, by inputs since."""
    wide, far = (6, 5, 4), 2**63 - 1
    return [
        single("slice_attributes", "Slice", opset=9, shape=wide, axes=[1], starts=[1], ends=[4]),
        single("slice_attributes_7", "Slice", opset=7, shape=wide, axes=[1], starts=[2], ends=[6]),
        single("slice_attributes_negative", "Slice", opset=9, shape=wide, axes=[1], starts=[-3],
               ends=[-1]),
        single("slice_attributes_to_end", "Slice", opset=9, shape=wide, axes=[1], starts=[2],
               ends=[far]),
        slice_input("inputs_10", [1], [4], [1], opset=10),
        slice_input("inputs_11_negative_axis", [1], [4], [-3], opset=11),
        slice_input("inputs_13", [0], [2], [1]),
        slice_input("inputs_newest", [3], [6], [1], opset=NEWEST),
        slice_input("negative", [-4], [-1], [1]),
        slice_input("to_end", [2], [far], [1]),
        slice_input("past_end", [2], [100], [1]),
        slice_input("step_one", [1], [4], [1], [1]),
        slice_input("whole", [0], [far], [1]),
        graph("slice_halves", [node("Slice", "x s0 e0 c", "a"), node("Slice", "x e0 e1 c", "b"),
                               node("Concat", "b a", "y", axis=1)],
              [ints("s0", [0]), ints("e0", [3]), ints("e1", [6]), ints("c", [1])], shape=wide),
        slice_input("all_axes", [0, 1, 0, 0], [far, 4, far, far], None, may_refuse=True),
        slice_input("every_second", [0], [6], [1], [2], may_refuse=True),
        slice_input("backwards", [5], [-7], [1], [-1], may_refuse=True),
        slice_input("space", [1, 0], [4, 3], [2, 3], may_refuse=True),
    ]


def pad():
    """Constant padding, by attributes up to opset 10, by inputs since."""
    around = [0, 0, 1, 2, 0, 0, 2, 0]
    pads, value = ints("pads", around), floats("value", 0.75)
    convolved = node("Conv", "p w", "y")
    below = node("Sub", "x ten", "n")
    return [
        single("pad_attributes", "Pad", opset=7, pads=around),
        single("pad_attributes_mode", "Pad", opset=9, pads=around, mode="constant", value=0.0),
        single("pad_attributes_value", "Pad", opset=9, pads=around, value=0.75),
        single("pad_inputs_11", "Pad", [pads], opset=11),
        single("pad_inputs_value", "Pad", [pads, value], opset=13, mode="constant"),
        single("pad_inputs_newest", "Pad", [pads, value], opset=NEWEST),
        graph("pad_constant_node", [constant("p", np.array(around)), node("Pad", "x p", "y")],
              opset=11),
        single("pad_nothing", "Pad", [ints("pads", [0] * 8)], opset=13),
        graph("pad_conv", [node("Pad", "x pads", "p"), convolved], [pads, W], opset=11),
        graph("pad_conv_pads", [node("Pad", "x pads", "p"),
                                node("Conv", "p w", "y", pads=[1, 1, 1, 1])], [pads, W]),
        graph("pad_value_conv", [node("Pad", "x pads value", "p"), convolved], [pads, value, W]),
        graph("pad_maxpool_below_zero", [below, node("Pad", "n pads", "p"),
                                         node("MaxPool", "p", "y", kernel_shape=[3, 3])],
              [floats("ten", 10.0), pads]),
        graph("pad_averagepool", [node("Pad", "x pads", "p"),
                                  node("AveragePool", "p", "y", kernel_shape=[3, 3])], [pads]),
        graph("pad_averagepool_pads", [node("Pad", "x pads", "p"),
                                       node("AveragePool", "p", "y", kernel_shape=[3, 3],
                                            pads=[1, 1, 1, 1])], [pads]),
        graph("pad_two_readers", [node("Pad", "x pads", "p"), convolved], [pads, W],
              outputs=("p", "y")),
        graph("pad_axes_input", [node("Pad", "x pads - axes", "y")],
              [ints("pads", [1, 2, 3, 0]), ints("axes", [2, 3])], opset=18),
        single("pad_crops", "Pad", [ints("pads", [0, 0, -1, 0, 0, 0, 0, -2])], opset=13),
        single("pad_crops_and_adds", "Pad", [ints("pads", [0, 0, -2, 3, 0, 0, 4, -1]), value]),
        single("pad_channels", "Pad", [ints("pads", [0, 1, 0, 0, 0, 2, 0, 0]), value], opset=13),
        single("pad_channels_cut", "Pad", [ints("pads", [0, -1, 1, 0, 0, 2, 0, -1]), value]),
    ]


CASES = concat() + split() + slices() + pad()
