#!/usr/bin/env bash
# passes.sh BUNDLE OUT PRECISIONS LIMIT: full passes of each network at each precision and batch, as
# JSON lines in OUT/passes.jsonl. The best batch of each counts.
set -uo pipefail
here=$1 out=$2 precisions=$3 limit=$4
declare -A last=([alexnet_q7_pool5]=pool5
                 [vgg16]=/features/features.30/MaxPool_output_0
                 [resnet50]=/layer4/layer4.2/relu_2/Relu_output_0)
code=0
: >"$out/passes.jsonl"
for network in alexnet_q7_pool5 vgg16 resnet50; do
  [[ -f $here/nets/$network.onnx ]] || { echo "$network is not in the bundle"; continue; }
  for precision in $precisions; do
    for batch in 64 256 1024; do
      # The first line warms up, the others are timed apart.
      printf '%s\n' 3 20 20 |
        timeout -k 10 "$limit" "$here/bin/full_passes" "$here/nets/$network.onnx" \
          "${last[$network]}" --device cuda --precision "$precision" --batch $batch \
          >"$out/one.jsonl" 2>"$out/one.err"
      status=$?
      if ((status)); then
        echo "$network $precision batch $batch: $(tail -n 1 "$out/one.err")"
        code=$status
        continue
      fi
      sed -n '2,$p' "$out/one.jsonl" | tee -a "$out/passes.jsonl"
    done
  done
done
echo "$(grep -c . "$out/passes.jsonl") lines in passes.jsonl, last exit code that was not 0: $code"
rm -f "$out/one.jsonl" "$out/one.err"
exit $code
