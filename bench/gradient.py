"""Times the gradient of one neuron of VGG-16: `rfmap gradient` and PyTorch's autograd.

Both run alternately, on the same number of threads, and the smallest CPU time (user and system) of
the repeats counts: forward and backward pass, without loading. Weights are drawn; needs torch and
onnx.

    bench/gradient.py --rfmap build/cpu/bin/rfmap --work build/gradient
"""

import argparse
import pathlib
import re
import subprocess
import sys
import time

import onnx
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "models"))
import networks  # noqa: E402
import onnx_graph  # noqa: E402
import torch_gradients  # noqa: E402


def prepare(work):
    """VGG-16 up to its last pooling with drawn weights; the model's path and that tensor."""
    import fill_weights
    path = work / "vgg16.onnx"
    model = fill_weights.load(networks.GRAPHS / "torchvision_vgg16.onnx")
    last = [n.output[0] for n in model.graph.node if n.op_type == "MaxPool"][-1]
    if not path.is_file():
        onnx_graph.cut_at(model, last)
        fill_weights.fill(model, seed=1)
        fill_weights.save(model, path, False)
    return path, last


def time_rfmap(options, path, neuron):
    """CPU seconds of forward and backward pass, the smallest over the samples."""
    command = [options.rfmap, "gradient", "--model", path, "--neuron", neuron, "--input", "noise",
               "--samples", options.repeats, "--threads", options.threads, "--verbose"]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True)
    found = re.findall(r"forward ([\d.]+) s, 1 backward ([\d.]+) s", done.stderr)
    return min(float(a) + float(b) for a, b in found)


def time_torch(options, graph, image, tensor, place):
    weights, times = torch_gradients.weights_of(graph), []
    for _ in range(options.repeats):
        start = time.process_time()
        value = torch_gradients.run(graph, weights, image, [tensor])[tensor]
        torch.autograd.grad(value[(0, *place)], image)
        times.append(time.process_time() - start)
    return min(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rfmap", required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--turns", type=int, default=2)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    path, tensor = prepare(options.work)
    graph = onnx.load(path).graph
    image = torch.from_numpy(torch_gradients.noise((3, 224, 224), 0)).requires_grad_()
    place, own, other = (0, 3, 3), [], []
    for _ in range(options.turns):
        own.append(time_rfmap(options, path, f"{tensor}:0:3:3"))
        other.append(time_torch(options, graph, image, tensor, place))
    print(f"rfmap {min(own):.3f} s, PyTorch {torch.__version__} {min(other):.3f} s of CPU time on "
          f"{options.threads} thread(s): {min(own) / min(other):.2f} times")


if __name__ == "__main__":
    main()
