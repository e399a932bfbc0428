"""Small ONNX models, one or a few operations each, for operators.py."""
