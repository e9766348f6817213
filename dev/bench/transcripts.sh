#!/usr/bin/env bash
# Measures how fast transcripts are scanned, beside Python with orjson, on one core, over the same file in one run; and how
# fast `flowmeter import` brings them into a new SQLite store, beside orjson with sqlite3, on all cores.
# usage: dev/bench/transcripts.sh [MEGABYTES [ROUNDS]]       256 and 4: a gigabyte each, results in dev/bench/out/
set -euo pipefail
cd "$(dirname "$0")/../.."

megabytes=${1:-256} rounds=${2:-4}
out=dev/bench/out
mkdir -p "$out"

product=TranscriptScanBenchmark
swift build --configuration release --package-path Benchmarks --scratch-path .build-bench --product $product >&2
binary=$(swift build --configuration release --package-path Benchmarks --scratch-path .build-bench --show-bin-path)/$product

if [[ ! -x .venv-bench/bin/python ]]; then python3 -m venv .venv-bench; fi
.venv-bench/bin/python -c 'import orjson' 2>/dev/null || .venv-bench/bin/pip install --quiet orjson
python=.venv-bench/bin/python

file=$out/transcripts-$megabytes.jsonl
[[ -s $file ]] || { $python dev/bench/transcripts.py generate "$file.part" "$megabytes" && mv "$file.part" "$file"; }
lean=$out/transcripts-lean-$megabytes.jsonl
[[ -s $lean ]] || { $python dev/bench/transcripts.py lean "$lean.part" "$megabytes" && mv "$lean.part" "$lean"; }
swift build --configuration release --scratch-path .build-release --product flowmeter >&2
cat "$file" "$lean" >/dev/null # Into the page cache: the disk is not what is measured.

pin=()
command -v taskset >/dev/null && pin=(taskset -c 0)
{
    echo "$(stat -c %s "$file" 2>/dev/null || stat -f %z "$file") bytes of transcripts, one core, CPU time"
    "${pin[@]}" "$binary" "$file" "$rounds"
    "${pin[@]}" $python dev/bench/transcripts.py scan "$file" "$rounds"
} | tee "$out/transcripts.txt"
awk '/MB\/s/ { rate[$1] = $2 } END { printf "ratio scan/orjson %.2f, import/orjson %.2f\n", rate["scan"] / rate["orjson"], rate["import"] / rate["orjson"] }' \
    "$out/transcripts.txt" | tee -a "$out/transcripts.txt"
{
    echo "into a new store; then the same with short texts"
    for transcripts in "$file" "$lean"; do
        $python dev/bench/transcripts.py import "$transcripts" .build-release/release/flowmeter
    done
} | tee -a "$out/transcripts.txt"
