"""Quantised and half-precision forms of networks of the zoo, from their filled graphs."""

import onnx
from onnxconverter_common import float16
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process

import catalogue
import check


class Calibration(quantization.CalibrationDataReader):
    """One random image."""

    def __init__(self, model):
        self.left = [check.sample(model)]

    def get_next(self):
        return self.left.pop() if self.left else None


def static(model, source, path, form):
    """Writes PATH with int8 weights and uint8 activations in the given form."""
    quantization.quantize_static(str(source), str(path), Calibration(model), quant_format=form,
                                 weight_type=quantization.QuantType.QInt8, per_channel=False)


def export(architecture, path):
    """Writes the ONNX file PATH; the graph of the network itself must be there."""
    name, kind = architecture.model.rsplit("_", 1)
    model = catalogue.filled(f"tv_{name}.legacy")
    source = path.with_name("source.onnx")
    onnx.save(model, source)
    if kind == "fp16":
        onnx.save(float16.convert_float_to_float16(model), path)
        return
    quant_pre_process(str(source), str(source))
    if kind == "dynamic":
        quantization.quantize_dynamic(str(source), str(path))
    else:
        forms = {"qdq": quantization.QuantFormat.QDQ,
                 "qoperator": quantization.QuantFormat.QOperator}
        static(model, source, path, forms[kind])
