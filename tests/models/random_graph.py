"""A random small ONNX network that is computed node by node with ONNX Runtime while it grows."""

import dataclasses
import math

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
MOST_VALUES = 6000  # of a tensor, per image
MOST_AXES = 6


class Unfit(Exception):
    """The step does not suit the network as it is; another one is tried."""


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A computed tensor.

    AFTER: how many of its values lie between two neighbouring samples of the batch; 0 where samples
    are mixed, which has to be refused.
    """

    name: str
    values: np.ndarray
    after: int

    @property
    def dims(self):
        return self.values.shape

    @property
    def rank(self):
        return self.values.ndim


def count(dims):
    return math.prod(dims)


class Network:
    """Nodes, constants and computed tensors. BATCH images are fed; DECLARED is the file's batch."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.name = f"s{seed}"
        self.declared, self.batch = [(1, 1), (3, 3), ("N", 2)][self.pick([0, 0, 0, 1, 2])]
        self.channels_last = bool(self.random.random() < 0.3)
        self.nodes, self.constants, self.tensors, self.mixed = [], [], [], []
        # So that equal numbers tell nothing, extents differ from the batch where they can.
        self.shape = (self.pick([2, 3, 4, 6]), self.pick([4, 5, 6, 8]), self.pick([4, 6, 7, 9]))
        self.images = self.normal((self.batch, *self.shape))
        fed = self.images.transpose(0, 2, 3, 1) if self.channels_last else self.images
        self.input = Tensor(f"{self.name}_x", np.ascontiguousarray(fed), fed[0].size)

    # Choices.

    def pick(self, choices):
        if not len(choices):
            raise Unfit
        return choices[int(self.random.integers(len(choices)))]

    def chance(self, probability):
        return bool(self.random.random() < probability)

    def normal(self, dims):
        return np.asarray(self.random.standard_normal(dims), np.float32)

    def source(self):
        """A computed tensor, mostly a recent one."""
        every = [self.input, *self.tensors]
        back = min(int(self.random.geometric(0.4)), len(every))
        return every[-back]

    # Samples.

    def place(self, tensor):
        """(axis, inner): the samples of the batch lie along the axis, INNER positions apart.
        (None, 1): there is one sample, so that no axis is special."""
        if self.batch == 1:
            return None, 1
        step = 1
        for axis in reversed(range(tensor.rank)):
            extent = tensor.dims[axis]
            whole = tensor.after % step == 0 and step * extent % (tensor.after * self.batch) == 0
            if extent > 1 and whole:
                return axis, tensor.after // step
            step *= extent
        raise Unfit

    def free_axes(self, tensor):
        """The axes without samples."""
        return [i for i in range(tensor.rank) if i != self.place(tensor)[0]]

    def is_image(self, tensor, rank=4):
        """N x C x ..., the samples along the first axis and only they."""
        return tensor.rank == rank and (
            tensor.dims[0] == 1 if self.batch == 1 else
            tensor.dims[0] == self.batch and self.place(tensor) == (0, 1))

    # Growth.

    def constant(self, values):
        name = f"{self.name}_c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def add(self, kind, inputs, at=(None, 1), outputs=1, mixes=False, **attributes):
        """A node, computed at once. INPUTS: tensors, constant arrays, or None where one is left
        out. AT: where the samples lie in the results (see `place`). Raises Unfit if the results are
        of no use."""
        kept = len(self.constants)
        try:
            tensors = self.computed(kind, inputs, at, outputs, mixes, attributes)
        except Unfit:
            del self.constants[kept:]
            raise
        (self.mixed if mixes else self.tensors).extend(tensors)
        return tensors[0] if outputs == 1 else tensors

    def computed(self, kind, inputs, place, outputs, mixes, attributes):
        number = len(self.nodes)
        names = ["" if i is None else i.name if isinstance(i, Tensor) else self.constant(i)
                 for i in inputs]
        results = [f"{self.name}_t{number}" + (f"_{i}" if outputs > 1 else "")
                   for i in range(outputs)]
        node = helper.make_node(kind, names, results, name=f"{self.name}_n{number}", **attributes)
        arrays = run_node(node, {n: i.values if isinstance(i, Tensor) else np.asarray(i)
                                 for n, i in zip(names, inputs) if n})
        tensors = [Tensor(name, array, self.after_of(array.shape, place, mixes))
                   for name, array in zip(results, arrays)]
        for array in arrays:
            useful = array.size > 0 and np.isfinite(array).all() and np.abs(array).max() < 1e4
            if not useful or array.size > MOST_VALUES * self.batch or array.ndim > MOST_AXES:
                raise Unfit
        self.nodes.append(node)
        return tensors

    def after_of(self, dims, place, mixes):
        if mixes or self.batch == 1:
            return 0
        axis, inner = place
        return inner * count(dims[axis + 1:])

    def model(self):
        x = self.input
        dims = [self.declared, *x.dims[1:]]
        read = {name for node in self.nodes for name in node.input}
        results = [t.name for t in self.tensors + self.mixed if t.name not in read]
        graph = helper.make_graph(
            self.nodes, "random",
            [helper.make_tensor_value_info(x.name, TensorProto.FLOAT, dims)],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in results],
            self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = 9
        return model


def run_node(node, fed):
    """The results of one node by ONNX Runtime. Raises Unfit where it is not valid."""
    inputs = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape)
              for name, a in fed.items()]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
               for name in node.output]
    graph = helper.make_graph([node], "one", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = 9
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                               providers=["CPUExecutionProvider"])
        return session.run(None, fed)
    except Exception as error:  # ONNX Runtime's exceptions have no common class
        raise Unfit from error
