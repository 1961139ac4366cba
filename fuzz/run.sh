#!/usr/bin/env bash
# fuzz/run.sh TARGET [SECONDS] [libFuzzer's own options]: builds one target with coverage instrumentation, on stable Rust, and
# runs it. What it learns stays in fuzz/corpus/TARGET, an input that breaks something in fuzz/artifacts/TARGET.
set -euo pipefail
cd "$(dirname "$0")"
target=${1:?usage: fuzz/run.sh definition|json_path|intrinsics|jsonata|records|schedules|responses [SECONDS]}
seconds=${2:-60}
shift $(($# < 2 ? $# : 2))
features=()
if [[ $target == responses ]]; then features=(--features responses); fi
host=$(rustc -vV | sed -n 's/^host: //p')
# `--target` keeps build scripts and macros out of the instrumentation.
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing" \
  cargo build --release --quiet --target "$host" --target-dir ../target/fuzz --bin "$target" ${features[@]+"${features[@]}"}
mkdir -p "corpus/$target" "artifacts/$target"
seeds=()
if [[ -d seeds/$target ]]; then seeds=("seeds/$target"); fi
exec "../target/fuzz/$host/release/$target" "corpus/$target" ${seeds[@]+"${seeds[@]}"} \
  -artifact_prefix="artifacts/$target/" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 "$@"
