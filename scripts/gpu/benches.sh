#!/usr/bin/env bash
# The measurements of scripts/gpu-check, which reads this file. Each leaves JSON lines in
# $logs/NAME.jsonl, with what was run; tables.py makes the report's tables of them.

declare -A last_layer=([alexnet_q7_pool5]=pool5
                       [vgg16]=/features/features.30/MaxPool_output_0
                       [resnet50]=/layer4/layer4.2/relu_2/Relu_output_0)
paper_layers=pool1,pool2,conv3,conv4,pool5

# The cases of a benchmark: numbers of those run, failed, and omitted for lack of time.
begin_cases() { bench=$1 ran=0 bad=0 late=0; : >"$logs/$1.jsonl"; : >"$logs/$1.log"; }

end_cases() {
  local text="$ran cases in $bench.jsonl"
  ((late == 0)) || text+=", out of time: $late"
  ((bad == 0)) || text+=", failed: $bad"
  if ((bad)); then failed=1; note "$bench" failed "$text"
  elif ((ran == 0)); then note "$bench" "not run" "$text"
  else note "$bench" passed "$text"; fi
}

# measure 'KEY VALUE ...' INPUT PROGRAM ARGUMENT...: feeds the numbers of INPUT, one per line, and
# keeps all answers but the first, which is the warm-up (all of them if INPUT is empty).
measure() {
  local keys=$1 input=$2 prefix='{' code skip=1 seconds
  shift 2
  [[ $input ]] || skip=0
  seconds=$(seconds_left)
  if ((seconds < 5)); then late=$((late + 1)); return; fi
  # shellcheck disable=SC2086  # word splitting is intended
  prefix+=$(printf '"%s": "%s", ' $keys)
  printf '%s\n' $input | timeout -k 10 "$seconds" "${ours[@]}" "$here/bin/$1" "${@:2}" \
    >"$logs/one.jsonl" 2>"$logs/one.err"
  code=${PIPESTATUS[1]}
  grep '^{' "$logs/one.jsonl" | tail -n +$((skip + 1)) | sed "s|^{|$prefix|" | tee -a "$logs/$bench.jsonl" \
    >>"$logs/$bench.log"
  if ((code == 0)); then ran=$((ran + 1))
  elif ((code == 124 || code == 137)); then late=$((late + 1))
  else
    bad=$((bad + 1))
    echo "$keys: exit code $code: $(tail -n 1 "$logs/one.err")" >>"$logs/$bench.log"
  fi
  rm -f "$logs/one.jsonl" "$logs/one.err"
}

# has_network NAME: the network is in the bundle.
has_network() { [[ -f $here/nets/$1.onnx ]] || { echo "no $1 in the bundle" >>"$logs/$bench.log"; false; }; }

# Full passes at two batch sizes, and the number of timed batches.
passes() {
  has_gpu full_passes passes || return
  local network precision batch count sizes
  begin_cases passes
  for network in alexnet_q7_pool5 vgg16 resnet50; do
    has_network $network || continue
    sizes=$batches
    case $network in
      alexnet*) count=20 ;;
      vgg16) count=8 sizes=${few:-64 256} ;; # its maps are large
      *) count=10 ;;
    esac
    for precision in $precisions; do
      for batch in $sizes; do
        measure "network $network precision $precision" "1 ${few:-$count}" full_passes \
          "$here/nets/$network.onnx" "${last_layer[$network]}" --device "$device" \
          --precision "$precision" --batch "$batch"
      done
    done
  done
  end_cases
}

# One unit's map at the map's centre, by windows and by full passes.
windows() {
  has_gpu window_passes windows || return
  local network precision strategy count
  begin_cases windows
  for network in alexnet_q7_pool5 vgg16; do
    has_network $network || continue
    for precision in $strict_precisions; do
      for strategy in window full; do
        [[ $strategy == window ]] && count=64 || count=2
        measure "network $network precision $precision" "1 ${few:-$count}" window_passes \
          "$here/nets/$network.onnx" "${last_layer[$network]}" --device "$device" \
          --precision "$precision" --strategy $strategy $window_options
      done
    done
  done
  end_cases
}

# 256 units of AlexNet's pool5, 25 images each, none shared, in 16 parts: an interrupted run leaves
# its parts.
own() {
  has_gpu window_passes own || return
  local precision parts=
  begin_cases own
  for _ in {1..16}; do parts+=" 400"; done
  for precision in $strict_precisions; do
    measure "network alexnet_q7_pool5 precision $precision" "${few:-32} ${few:-$parts}" \
      window_passes "$here/nets/alexnet_q7_pool5.onnx" pool5 --device "$device" \
      --precision "$precision" --units 256 --distinct $window_options
  done
  end_cases
}

# The same at several batch sizes; then with two and three sessions at once, each with its own
# stream and thread.
streams() {
  has_gpu window_passes streams || return
  local setting sessions batch precision=${strict_precisions%% *}
  begin_cases streams
  for setting in 1:64 1:128 1:256 1:512 2:512 3:512; do
    sessions=${setting%:*} batch=${setting#*:}
    [[ $few ]] && batch=16
    measure "network alexnet_q7_pool5 precision $precision" "${few:-32} ${few:-320}" \
      window_passes "$here/nets/alexnet_q7_pool5.onnx" pool5 --device "$device" --precision \
      "$precision" --units 256 --distinct --sessions "$sessions" --batch "$batch" \
      $window_options
  done
  end_cases
}

# ceiling KERNEL KEY: the measurement of the step `kernels`, 0 if there is none.
ceiling() { sed -n "s/.*\"$1\".*\"$2\": \([0-9.]*\).*/\1/p" "$logs/kernels.log" 2>/dev/null | grep . || echo 0; }

# Each layer's time against the roofline.
layers() {
  has_gpu layer_times layers || return
  local network precision batch
  begin_cases layers
  for network in alexnet_q7_pool5 vgg16 resnet50; do
    has_network $network || continue
    [[ $network == alexnet* ]] && batch=${few:-512} || batch=${few:-128}
    for precision in $strict_precisions; do
      measure "network $network precision $precision" "" layer_times "$here/nets/$network.onnx" \
        "${last_layer[$network]}" --device "$device" --precision "$precision" --batch "$batch" \
        --rounds "${few:-10}" --gflops "$(ceiling "product $precision" gflops)" \
        --gbs "$(ceiling copy gb_s)"
    done
  done
  end_cases
}

# Images per second of the scan, with and without decoding.
scan() {
  has_gpu scan_passes scan || return
  local precision
  begin_cases scan
  for precision in $strict_precisions; do
    measure "network alexnet_q7_pool5 precision $precision" "" scan_passes \
      "$here/nets/alexnet_q7_pool5.onnx" --images "$photographs" --layers "$paper_layers" --device "$device" \
      --precision "$precision" --threads 0 --count "${few:-3200}"
  done
  end_cases
}
