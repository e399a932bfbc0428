"""Builds cuDNN's plans for whole networks on a described GPU; needs no GPU.

For every network the tool compiles all programs of its runs, and each convolution is checked: one
that has no plan fails; one whose only plan is cuDNN's slow engine 0 must be in the list of slow
ones. The set `ci` has the full programs of every network and the windowed ones of four, `all` has all.

    plans.py --tool build/bin/plan_programs --device data/devices/h200.json --work WORK --set ci
"""

import argparse
import concurrent.futures
import fnmatch
import itertools
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "models"))

import networks  # noqa: E402

SKIPPED = 77
WITH_WINDOWS = ("light_bvlc_alexnet", "torchvision_googlenet", "torchvision_vgg16", "torchvision_resnet50")
SLOW_LIST = HERE / "slow_plans.txt"


def slow_list():
    """Problems that are known to have only the slow plan."""
    lines = SLOW_LIST.read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def split(problem):
    """(key without fusions, fusions) of a problem's key."""
    parts = problem.split(":")
    fusions = [part for part in parts if part in ("residual", "relu")]
    return ":".join(part for part in parts if part not in fusions), fusions


def judge(lines, slow_known):
    """(problems without a plan, slow ones that are not listed) from the tool's lines."""
    found = {line.split()[0]: line.split()[1] for line in lines}
    without = []
    for key, verdict in found.items():
        plain, fusions = split(key)
        if verdict == "none" and (not fusions or found.get(plain, "none") == "none"):
            without.append(key)
    slow = [key for key, verdict in found.items() if verdict == "slow" and key not in slow_known]
    return without, slow


def run_tool(options, network, strategies, model):
    """The tool's lines; raises RuntimeError with its output."""
    command = [options.tool, "--model", str(model), "--device", str(options.device),
               "--precisions", ",".join(options.precisions), "--strategies", ",".join(strategies),
               "--batch", str(options.batch)]
    if model.suffix == ".prototxt":
        command += ["--weights", str(model.with_suffix(".caffemodel"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=options.timeout)
    if done.returncode == SKIPPED:
        print(done.stdout.strip())
        sys.exit(SKIPPED)
    if done.returncode != 0:
        raise RuntimeError(f"{network.name}: {(done.stderr or done.stdout).strip()}")
    return done.stdout.splitlines()


def strategies_of(options, network):
    """All requested networks; in the set `ci`, windows for some networks only."""
    if options.set == "ci" and network.name not in WITH_WINDOWS:
        return [name for name in options.strategies if name == "full"]
    return options.strategies


def check(options, network):
    """True if every convolution of the network's programs has an accepted plan."""
    strategies = strategies_of(options, network)
    if not networks.source(network).is_file():
        print(f"{network.name}: skipped, {networks.source(network)} is not there", flush=True)
        return True
    if not strategies:
        return True
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        model = networks.prepare(network, pathlib.Path(folder), False)
        lines = run_tool(options, network, strategies, model)
    without, slow = judge(lines, slow_list())
    report = [f"{network.name} {' '.join(options.precisions)}, {' and '.join(strategies)}: "
              f"{len(lines)} problems, {len(without)} without a plan, "
              f"{len(slow)} slow and not listed, {time.monotonic() - started:.0f} s"]
    report += [f"  no plan: {key}" for key in without] + [f"  slow: {key}" for key in slow]
    print("\n".join(report), flush=True)
    if options.lines:
        with options.lines.open("a") as file:
            file.write("".join(f"{network.name} {line}\n" for line in lines))
    return bool(lines) and not without and not slow


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--device", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--set", choices=("ci", "all"), default="ci")
    parser.add_argument("--only", default="*", help="glob over networks' names")
    parser.add_argument("--precisions", nargs="+", default=["tf32", "fp32"])
    parser.add_argument("--strategies", nargs="+", default=["full", "window"])
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--jobs", type=int, default=2, help="networks at a time")
    parser.add_argument("--timeout", type=int, default=3000)
    parser.add_argument("--lines", type=pathlib.Path, help="file that the tool's lines are added to")
    return parser.parse_args()


def main():
    options = parse()
    options.work.mkdir(parents=True, exist_ok=True)
    chosen = [network for network in networks.NETWORKS
              if fnmatch.fnmatch(network.name, options.only)]
    chosen.sort(key=lambda network: -networks.source(network).stat().st_size
                if networks.source(network).is_file() else 0)
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        verdicts = list(pool.map(check, itertools.repeat(options), chosen))
    return 0 if chosen and all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
