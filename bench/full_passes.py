#!/usr/bin/env python3
"""Full occluded passes of the cpu engine and of ONNX Runtime, alternately, in one run.

Both run the same graph up to the same layer, each at several batch sizes; the best batch of each
counts. Two clocks: the smallest wall time over the rounds, and the smallest CPU time summed over
threads (on a machine that is not idle compare this one, with one thread). ONNX Runtime receives its
occluded copies ready-made; rfmap makes its own. Needs numpy, onnx and onnxruntime.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parent.parent
GRAPHS = ROOT / "tests/models/graphs"
PAUSE_S = 0.05  # so that the other side's spinning threads go to sleep

# name: file, tensor where the graph ends; the largest allowed ratio to ONNX Runtime
NETWORKS = {
    "alexnet_caffe": ("nets/alexnet_q7_pool5.onnx", "pool5", 1.0),
    "alexnet": ("torchvision_alexnet.onnx", "/features/features.12/MaxPool_output_0", 1.2),
    "vgg16": ("torchvision_vgg16.onnx", "/features/features.30/MaxPool_output_0", 1.2),
    "resnet50": ("torchvision_resnet50.onnx", "/layer4/layer4.2/relu_2/Relu_output_0", 1.2),
}


def prepare(name, folder, data, cut=""):
    """Complete ONNX file of one network with a free batch, cut at its last layer or at CUT."""
    source, tensor, _ = NETWORKS[name]
    tensor = cut or tensor
    filled = folder / f"{name}.onnx"
    if source.startswith("nets/"):
        model = onnx.load(str(data / source))
    else:
        subprocess.run([sys.executable, str(ROOT / "tests/models/fill_weights.py"),
                        str(GRAPHS / source), str(filled), "--seed", "0", "--cut", tensor],
                       check=True)
        model = onnx.load(str(filled))
    for value in [*model.graph.input, *model.graph.output]:
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    onnx.save(model, str(filled))
    return filled


class Rfmap:
    """bench/full_passes as a process that reads numbers of batches."""

    def __init__(self, program, model, tensor, batch, threads, options=()):
        self.name, self.batch = "rfmap", batch
        command = [str(program), str(model), tensor, "--batch", str(batch), "--threads",
                   str(threads), *map(str, options)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, count):
        """The program's answer to a number."""
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def run(self, batches):
        """(wall, CPU) milliseconds per pass."""
        line = self.ask(batches)
        self.gmac = line["gmac_per_pass"]
        return line["ms_per_pass"], line["cpu_ms_per_pass"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class OnnxRuntime:
    """ONNX Runtime's CPU provider with all its graph optimisations."""

    def __init__(self, model, batch, threads):
        self.name, self.batch = "onnxruntime", batch
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(model), options,
                                                    providers=["CPUExecutionProvider"])
        first = self.session.get_inputs()[0]
        shape = [batch, *first.shape[1:]]
        self.feed = {first.name: np.random.default_rng(1).standard_normal(shape, np.float32)}

    def run(self, batches):
        """(wall, CPU) milliseconds per pass."""
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(batches):
            self.session.run(None, self.feed)
        passes = batches * self.batch
        return (1e3 * (time.perf_counter() - wall) / passes,
                1e3 * (time.process_time() - cpu) / passes)

    def close(self):
        pass


def measure(cases, passes, rounds):
    """Smallest (wall, CPU) per case; the first round warms up and does not count."""
    best = {case: (np.inf, np.inf) for case in cases}
    for round_ in range(rounds + 1):
        for case in cases:
            time.sleep(PAUSE_S)
            result = case.run(max(1, passes // max(1, case.batch)) if round_ else 1)
            if round_:
                best[case] = tuple(np.minimum(best[case], result))
    return best


def compare(name, model, threads, arguments):
    """One network at one thread count: one line per case, then the ratio of the best ones."""
    tensor, limit = NETWORKS[name][1:]
    cases = [Rfmap(arguments.program, model, tensor, b, threads) for b in arguments.batches]
    cases += [OnnxRuntime(model, b, threads) for b in arguments.batches]
    best = measure(cases, arguments.passes or (16 if "net5" in name or "vgg" in name else 64),
                   arguments.rounds)
    gmac = cases[0].gmac
    for case in cases:
        wall, cpu = best[case]
        print(f"{name:14} {case.name:12} batch {case.batch:3}  {wall:8.2f} ms  cpu {cpu:8.2f} ms  "
              f"{2 * gmac / wall * 1e3:6.1f} GFLOP/s", flush=True)
        case.close()
    ratios = [min(best[c][clock] for c in cases if c.name == "rfmap") /
              min(best[c][clock] for c in cases if c.name == "onnxruntime") for clock in (0, 1)]
    verdict = "ok" if ratios[0] <= limit else "MISSED"
    print(f"{name:14} {threads} threads: rfmap / onnxruntime {ratios[0]:.3f} wall, "
          f"{ratios[1]:.3f} cpu; at most {limit}: {verdict}", flush=True)
    return {"network": name, "threads": threads, "wall_ratio": ratios[0], "cpu_ratio": ratios[1],
            "limit": limit, "onnxruntime": onnxruntime.__version__,
            "cases": [{"engine": c.name, "batch": c.batch, "wall_ms": best[c][0],
                       "cpu_ms": best[c][1]} for c in cases]}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path, help="the built full_passes")
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 4, 16])
    parser.add_argument("--passes", type=int, default=0, help="a case and round; 0: by network")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path, help="append one line a comparison")
    parser.add_argument("--data", type=pathlib.Path,
                        default=os.environ.get("RFMAP_DATA", ROOT.parent / "shared/data"))
    return parser.parse_args()


def compare_all(arguments, prepare_network, compare_network):
    """Every network with every number of threads; appends to the file of --json."""
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.networks:
            model = prepare_network(name, pathlib.Path(folder))
            for threads in arguments.threads:
                result = compare_network(name, model, threads, arguments)
                if arguments.json:
                    with arguments.json.open("a") as file:
                        file.write(json.dumps(result) + "\n")


def main():
    arguments = parse_arguments()
    compare_all(arguments, lambda name, folder: prepare(name, folder, arguments.data), compare)


if __name__ == "__main__":
    main()
