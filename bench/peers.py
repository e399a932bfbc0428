#!/usr/bin/env python3
"""Occluded passes of one unit: rfmap and its peers, alternately, in one run.

The unit is at the centre of the map; cost per occluder over the complete grid (rfmap's windows omit
the positions that miss the field; they count as done). The peers run full passes on ready-made
copies, each at its best batch; Krypton's method and Captum make their own. Two clocks, as in
full_passes.py: on a machine that is not idle compare CPU time, with one thread. Needs
bench/requirements.txt and the programs of the preset bench.
"""

import argparse
import os
import pathlib
import time

import numpy as np

import full_passes

LAYERS = {  # end of each network, and the required ratios to ONNX Runtime, Captum, Krypton
    "alexnet": ("/features/features.11/Relu_output_0", {"onnxruntime": 35, "captum": 45,
                                                        "krypton": 13}),
    "alexnet_caffe": ("pool5", {"onnxruntime": 28, "captum": 45, "krypton": 8}),
    "vgg16": ("/features/features.30/MaxPool_output_0", {"onnxruntime": 20, "captum": 26,
                                                         "krypton": 3}),
    "resnet50": ("/layer4/layer4.2/relu_2/Relu_output_0", {"onnxruntime": 3, "captum": 4}),
}
BATCHES = {"alexnet": (1, 16, 64), "alexnet_caffe": (1, 16, 64), "vgg16": (1, 16),
           "resnet50": (1, 16, 32)}
KRYPTON_BAR = 7  # its own task, ratio to full passes; the paper reports 5.4


def grid_origins(side, arguments):
    """Top left corners of all occluders inside the image, [N, 2]."""
    starts = range(0, side - arguments.occluder + 1, arguments.stride)
    return np.array([(y, x) for y in starts for x in starts])


def spread(origins, count):
    """COUNT of the origins, evenly over the grid, so that border positions have their due share."""
    return origins[np.linspace(0, len(origins) - 1, min(count, len(origins))).astype(int)]


class Windows(full_passes.Rfmap):
    """bench/window_passes: maps of the complete grid, repeatedly."""

    def __init__(self, program, model, tensor, positions, threads, arguments):
        super().__init__(program, model, tensor, 0, threads,
                         ["--occluder", arguments.occluder, "--stride", arguments.stride,
                          "--response", "max" if arguments.krypton_task else "location"])
        self.name, self.positions = "rfmap windows", positions

    def run(self, _):
        """(wall, CPU) milliseconds per grid position."""
        line = self.ask(1)
        share = line["positions"] / self.positions
        return line["ms_per_image"] / self.positions, line["cpu_ms_per_pass"] * share


class InProcess:
    """A peer that runs in this process: `work(origins)` treats that many occluders."""

    def __init__(self, name, batch, work, origins):
        self.name, self.batch, self.work, self.origins = name, batch, work, origins

    def run(self, batches):
        """(wall, CPU) milliseconds per occluder."""
        count = min(len(self.origins), batches * self.batch)
        some = spread(self.origins, count)
        wall, cpu = time.perf_counter(), time.process_time()
        done = self.work(some, self.batch)
        return (1e3 * (time.perf_counter() - wall) / done,
                1e3 * (time.process_time() - cpu) / done)

    def close(self):
        """Frees nothing: it holds no resources."""


def torch_work(net, image, occluder, channels_last):
    """Full passes of PyTorch; copies are made once per batch size, before the clock starts."""
    import torch
    layout = torch.channels_last if channels_last else torch.contiguous_format
    net = net.to(memory_format=layout)
    copies = {}

    @torch.inference_mode()
    def work(origins, batch):
        if batch not in copies:
            made = image.repeat(batch, 1, 1, 1)
            for copy, (y, x) in zip(made, spread(origins, batch)):
                copy[:, y:y + occluder, x:x + occluder] = 0
            copies[batch] = made.contiguous(memory_format=layout)
        rounds = max(1, len(origins) // batch)
        for _ in range(rounds):
            net(copies[batch])
        return rounds * batch

    return work


def captum_work(net, image, occluder):
    """Captum's Occlusion of one unit. It moves the window in steps of at most its size; the cost
    does not depend on the window's size: a coarser grid of about as many positions replaces the
    fine one."""
    import torch
    from captum.attr import Occlusion

    with torch.inference_mode():
        _, channels, rows, columns = net(image[None]).shape
    unit = Occlusion(lambda x: net(x)[:, channels // 2, rows // 2, columns // 2])

    def work(origins, batch):
        side = image.shape[-1]
        step = max(1, side // max(1, int(len(origins) ** 0.5)))
        window = max(step, occluder)
        with torch.no_grad():
            unit.attribute(image[None], sliding_window_shapes=(3, window, window),
                           strides=(3, step, step), baselines=0, perturbations_per_eval=batch)
        return (-(-(side - window) // step) + 1) ** 2

    return work


def krypton_work(net, image, occluder, origins):
    """Krypton's method, after a check that it is exact."""
    import krypton
    method = krypton.Incremental(net, image, occluder)
    error = method.largest_error(spread(origins, 9).tolist())
    if error > 1e-5:
        raise SystemExit(f"Krypton's method is off by {error:.1e} of the largest activation")

    def work(some, batch):
        for begin in range(0, len(some), batch):
            method.run(some[begin:begin + batch])
        return len(some)

    return work


def peak_gflops(threads):
    """Best sgemm rate of PyTorch's library, by wall clock and by CPU second."""
    import torch
    side, best = 1536, np.array([np.inf, np.inf])
    a, b = torch.randn(side, side), torch.randn(side, side)
    for _ in range(10):
        wall, cpu = time.perf_counter(), time.process_time()
        torch.mm(a, b)
        best = np.minimum(best, [time.perf_counter() - wall, time.process_time() - cpu])
    wall, cpu = 2e-9 * side**3 / best
    return {"threads": threads, "wall": wall, "cpu": cpu}


def rfmap_cases(name, model, threads, positions, arguments):
    """The project's own: windows, and full passes at two batches."""
    programs = arguments.programs
    tensor = LAYERS[name][0]
    grid = ["--occluder", arguments.occluder, "--stride", arguments.stride]
    cases = [Windows(programs / "window_passes", model, tensor, positions, threads, arguments)]
    for batch in (4, 16):
        case = full_passes.Rfmap(programs / "full_passes", model, tensor, batch, threads, grid)
        case.name = "rfmap full"
        cases.append(case)
    return cases


def torch_cases(name, origins, side, arguments):
    """PyTorch in two layouts, Captum, Krypton's method where the network is a chain."""
    import torch

    import peer_networks
    image = torch.randn(3, side, side, generator=torch.Generator().manual_seed(1))
    works = {}
    for label, channels_last in (("torch nchw", False), ("torch channels-last", True)):
        works[label] = torch_work(peer_networks.make(name)[0], image, arguments.occluder,
                                  channels_last)
    net = peer_networks.make(name)[0]
    if not arguments.krypton_task:
        works["captum"] = captum_work(net, image, arguments.occluder)
    if name != "resnet50":
        works["krypton"] = krypton_work(net, image, arguments.occluder, origins)
    batches = arguments.batches or BATCHES[name]
    return [InProcess(label, batch, work, origins)
            for label, work in works.items() for batch in batches]


def best_of(results, clock):
    """{name: smallest time} over the batches of each."""
    best = {}
    for case, times in results.items():
        best[case.name] = min(best.get(case.name, np.inf), times[clock])
    return best


def report(name, threads, results, peak, arguments):
    """Prints one line per case and the ratios; returns them as data."""
    for case, (wall, cpu) in results.items():
        print(f"{name:14} {threads} threads  {case.name:20} batch {case.batch:3} {wall:9.3f} ms  "
              f"cpu {cpu:9.3f} ms", flush=True)
    bars = {"onnxruntime": KRYPTON_BAR} if arguments.krypton_task else LAYERS[name][1]
    ratios = {}
    for clock, word in enumerate(("wall", "cpu")):
        best = best_of(results, clock)
        ratios[word] = {peer: time_ / best["rfmap windows"] for peer, time_ in best.items()
                        if peer != "rfmap windows"}
    for peer, ratio in ratios["wall"].items():
        bar = f", bar {bars[peer]}" if peer in bars else ""
        print(f"{name:14} {threads} threads: {peer:20} / rfmap windows {ratio:7.2f} wall, "
              f"{ratios['cpu'][peer]:7.2f} cpu{bar}", flush=True)
    print(f"{name:14} {threads} threads: sgemm {peak['wall']:.1f} GFLOP/s, {peak['cpu']:.1f} a "
          f"CPU second", flush=True)
    return {"network": name, "threads": threads, "krypton_task": arguments.krypton_task,
            "occluder": arguments.occluder, "stride": arguments.stride, "bars": bars,
            "peak": peak, "ratios": ratios,
            "cases": [{"name": c.name, "batch": c.batch, "wall_ms": w, "cpu_ms": t}
                      for c, (w, t) in results.items()]}


def compare(name, model, threads, arguments):
    """One network with one number of threads."""
    import torch
    torch.set_num_threads(threads)
    side = 227 if name == "alexnet_caffe" else 224
    origins = grid_origins(side, arguments)
    peak = peak_gflops(threads)
    cases = rfmap_cases(name, model, threads, len(origins), arguments)
    cases += [full_passes.OnnxRuntime(model, batch, threads)
              for batch in arguments.batches or BATCHES[name]]
    cases += torch_cases(name, origins, side, arguments)
    results = full_passes.measure(cases, arguments.passes, arguments.rounds)
    for case in cases:
        case.close()
    return report(name, threads, results, peak, arguments)


def parse_arguments():
    """The command line; --krypton-task changes network, occluder and stride."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path, help="folder of the built programs")
    parser.add_argument("--networks", nargs="+", default=list(LAYERS), choices=list(LAYERS))
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--batches", nargs="+", type=int, help="instead of the network's own")
    parser.add_argument("--passes", type=int, default=64, help="occluders a peer and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--occluder", type=int, default=11)
    parser.add_argument("--stride", type=int, default=3)
    parser.add_argument("--krypton-task", action="store_true",
                        help="VGG-16, occluder 16, stride 4, the whole last map looked at")
    parser.add_argument("--json", type=pathlib.Path, help="append one line a comparison")
    parser.add_argument("--data", type=pathlib.Path,
                        default=os.environ.get("RFMAP_DATA", full_passes.ROOT.parent / "shared/data"))
    arguments = parser.parse_args()
    if arguments.krypton_task:
        arguments.networks, arguments.occluder, arguments.stride = ["vgg16"], 16, 4
    return arguments


def main():
    """Runs the selected benchmarks."""
    arguments = parse_arguments()
    full_passes.compare_all(
        arguments,
        lambda name, folder: full_passes.prepare(name, folder, arguments.data, LAYERS[name][0]),
        compare)


if __name__ == "__main__":
    main()
