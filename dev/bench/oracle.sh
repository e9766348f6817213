#!/usr/bin/env bash
# Measures the oracle on one core: an epoch closed, settled and proved; receipts signed and verified.
# usage: dev/bench/oracle.sh [EVENTS [CUSTOMERS]]      1000000 of 10000; results in dev/bench/out/
set -euo pipefail
cd "$(dirname "$0")/../.."

events=${1:-1000000}
customers=${2:-10000}
out=dev/bench/out
mkdir -p "$out"
directory=$(mktemp -d "${TMPDIR:-/var/tmp}/flowmeter-oracle.XXXXXX")
trap 'rm -rf "$directory"' EXIT

product=OracleBenchmark
swift build --configuration release --package-path Benchmarks --scratch-path .build-bench --product $product >&2
binary=$(swift build --configuration release --package-path Benchmarks --scratch-path .build-bench --show-bin-path)/$product

pin=()
command -v taskset >/dev/null && pin=(taskset -c 0)
{
    echo "$events events of $customers customers, one core"
    "$binary" prepare "$directory" "$events" "$customers"
    "${pin[@]}" "$binary" close "$directory"
    "${pin[@]}" "$binary" settle "$directory"
    "${pin[@]}" "$binary" proofs "$directory"
    "${pin[@]}" "$binary" receipts 20000
} | tee "$out/oracle.txt"
