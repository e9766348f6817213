#!/usr/bin/env bash
# Measures the SQLite store, beside Python's sqlite3 with plain inserts into a table with a UNIQUE id, in one run. All on
# one core but what says otherwise: hashing and writing share two cores when several batches are under way.
# usage: dev/bench/store.sh [EVENTS]      EVENTS in the store for the queries: 10000000; results in dev/bench/out/
set -euo pipefail
cd "$(dirname "$0")/../.."

events=${1:-10000000}
out=dev/bench/out
mkdir -p "$out"
directory=$(mktemp -d "${TMPDIR:-/var/tmp}/flowmeter-store.XXXXXX")
trap 'rm -rf "$directory"' EXIT

product=StoreBenchmark
swift build --configuration release --package-path Benchmarks --scratch-path .build-bench --product $product >&2
binary=$(swift build --configuration release --package-path Benchmarks --scratch-path .build-bench --show-bin-path)/$product

pin=()
command -v taskset >/dev/null && pin=(taskset -c 0)
run() {
    "${pin[@]}" "$@"
    rm -f "$directory"/small* "$directory"/append* "$directory"/python*
}
{
    echo "a million appends to an empty store, and to one with a million, synchronous=FULL: all cores, 16 calls of 10,000"
    "$binary" append "$directory/append.sqlite" 0 1000000 10000 16
    rm -f "$directory"/append*
    "$binary" append "$directory/append.sqlite" 1000000 1000000 10000 16
    rm -f "$directory"/append*
    run python3 dev/bench/store.py append "$directory/python.sqlite" 1000000 327680 65536
    echo "one call of 10,000, then of 1,000, at a time, on one core"
    run "$binary" append "$directory/append.sqlite" 1000000 300000 10000
    run python3 dev/bench/store.py append "$directory/python.sqlite" 1000000 100000 10000
    run "$binary" append "$directory/append.sqlite" 1000000 100000 1000
    echo "small commits, as a gateway makes them"
    run "$binary" small "$directory/small.sqlite" 100000 16
    run python3 dev/bench/store.py append "$directory/python.sqlite" 100000 16000 16
    echo "queries on $events events, median of 5"
    "$binary" append "$directory/queries.sqlite" "$((events - 640000))" 640000 10000 16
    stat -c "%s bytes in the file" "$directory/queries.sqlite" 2>/dev/null || stat -f "%z bytes" "$directory/queries.sqlite"
    run "$binary" small "$directory/queries.sqlite" 50000 16
    run "$binary" queries "$directory/queries.sqlite" 5
} | tee "$out/store.txt"
awk '/events\/s on the clock/ { match($0, /[0-9]+ events\/s on the clock/); name = /^python/ ? "python" : "store"; rate[name, ++count[name]] = substr($0, RSTART) + 0 }
    END { printf "ratio store/python with large commits, after a million: %.1f\n", rate["store", 2] / rate["python", 1] }' \
    "$out/store.txt" | tee -a "$out/store.txt"
