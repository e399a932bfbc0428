#!/usr/bin/env bash
# windows.sh BUNDLE OUT LIMIT: the change maps of one unit at the map's centre by windows and by full
# passes, as JSON lines in OUT/windows.jsonl.
set -uo pipefail
here=$1 out=$2 limit=$3
declare -A last=([alexnet_q7_pool5]=pool5 [vgg16]=/features/features.30/MaxPool_output_0)
code=0
: >"$out/windows.jsonl"
for network in alexnet_q7_pool5 vgg16; do
  [[ -f $here/nets/$network.onnx ]] || { echo "$network is not in the bundle"; continue; }
  for precision in tf32 fp32; do
    for strategy in window full; do
      echo "== $network $precision $strategy"
      printf '%s\n' 1 4 4 |
        timeout -k 10 "$limit" "$here/bin/window_passes" "$here/nets/$network.onnx" \
          "${last[$network]}" --device cuda --precision $precision --strategy $strategy \
          2>"$out/one.err" | sed -n '2,$p' | tee -a "$out/windows.jsonl"
      status=${PIPESTATUS[1]}
      ((status == 0)) || { echo "failed: $(tail -n 1 "$out/one.err")"; code=$status; }
    done
  done
done
echo "$(grep -c . "$out/windows.jsonl") lines in windows.jsonl, last exit code that was not 0: $code"
rm -f "$out/one.err"
exit "$code"
