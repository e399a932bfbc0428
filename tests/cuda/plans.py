"""Builds cuDNN's plans for whole networks on a described GPU; needs no GPU.

For every network, precision and strategy it lets the tool compile all programs of a run, and checks
each convolution: one that has no plan fails; one whose only plan is cuDNN's slow engine 0 must stand
in the list of slow ones, and the list must not name what is not slow.

    plans.py --tool build/bin/plan_programs --device data/devices/h200.json --work WORK --set small
"""

import argparse
import fnmatch
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "models"))

import networks  # noqa: E402

SKIPPED = 77
SMALL = ("light_bvlc_alexnet", "torchvision_googlenet", "torchvision_vgg16", "torchvision_resnet50")
SLOW_LIST = HERE / "slow_plans.txt"


def slow_list():
    """Problems that are known to have but the slow plan."""
    lines = SLOW_LIST.read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def split(problem):
    """(key without fusions, fusions) of a problem's key."""
    parts = problem.split(":")
    fusions = [part for part in parts if part in ("residual", "relu")]
    return ":".join(part for part in parts if part not in fusions), fusions


def judge(lines, slow_known):
    """(problems without a plan, slow ones that are not listed) of the tool's lines."""
    found = {line.split()[0]: line.split()[1] for line in lines}
    without = []
    for key, verdict in found.items():
        plain, fusions = split(key)
        if verdict == "none" and (not fusions or found.get(plain, "none") == "none"):
            without.append(key)
    slow = [key for key, verdict in found.items() if verdict == "slow" and key not in slow_known]
    return without, slow


def run_tool(options, network, precision, strategy, model):
    """The tool's lines; raises RuntimeError with what it said."""
    command = [options.tool, "--model", str(model), "--device", str(options.device),
               "--precision", precision, "--strategy", strategy, "--batch", str(options.batch)]
    if model.suffix == ".prototxt":
        command += ["--weights", str(model.with_suffix(".caffemodel"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=options.timeout)
    if done.returncode == SKIPPED:
        print(done.stdout.strip())
        sys.exit(SKIPPED)
    if done.returncode != 0:
        raise RuntimeError(f"{network.name}: {(done.stderr or done.stdout).strip()}")
    return done.stdout.splitlines()


def check(options, network):
    """True when every convolution of the network's programs has an accepted plan."""
    if not networks.source(network).is_file():
        print(f"{network.name}: skipped, {networks.source(network)} is not there")
        return True
    folder = options.work / network.name.replace(":", "_")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model = networks.prepare(network, folder, False)
    good = True
    for precision in options.precisions:
        for strategy in options.strategies:
            started = time.monotonic()
            lines = run_tool(options, network, precision, strategy, model)
            without, slow = judge(lines, slow_list())
            seconds = time.monotonic() - started
            print(f"{network.name} {precision} {strategy}: {len(lines)} problems, "
                  f"{len(without)} without a plan, {len(slow)} slow and not listed, {seconds:.0f} s",
                  flush=True)
            for key in without:
                print(f"  no plan: {key}")
            for key in slow:
                print(f"  slow: {key}")
            good = good and not without and not slow
            if options.lines:
                with options.lines.open("a") as file:
                    file.writelines(f"{network.name} {strategy} {line}\n" for line in lines)
    shutil.rmtree(folder, ignore_errors=True)
    return good


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--device", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--set", choices=("small", "all"), default="small")
    parser.add_argument("--only", default="*", help="glob over networks' names")
    parser.add_argument("--precisions", nargs="+", default=["tf32", "fp32"])
    parser.add_argument("--strategies", nargs="+", default=["full", "window"])
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--timeout", type=int, default=3000)
    parser.add_argument("--lines", type=pathlib.Path, help="file that the tool's lines are added to")
    return parser.parse_args()


def main():
    options = parse()
    chosen = [network for network in networks.NETWORKS
              if (options.set == "all" or network.name in SMALL)
              and fnmatch.fnmatch(network.name, options.only)]
    verdicts = [check(options, network) for network in chosen]
    return 0 if chosen and all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
