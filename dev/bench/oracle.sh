#!/usr/bin/env bash
# Measures the oracle on one core: an epoch closed, settled and proved; receipts signed and verified. Then the same with a
# tenth of the events, which Python's hashlib and cryptography (both on OpenSSL) do too: it must come to the same roots.
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

if [[ ! -x .venv-bench-oracle/bin/python ]]; then
    python3 -m venv .venv-bench-oracle
    .venv-bench-oracle/bin/pip install --quiet --disable-pip-version-check 'cryptography>=45'
fi

pin=()
command -v taskset >/dev/null && pin=(taskset -c 0)
measure() { "${pin[@]}" "$binary" "$@"; }
{
    echo "$events events of $customers customers, one core"
    mkdir "$directory/large" "$directory/small"
    "$binary" prepare "$directory/large" "$events" "$customers"
    for command in close settle proofs; do measure $command "$directory/large"; done
    echo "$((events / 10)) events of $((customers / 10)) customers, beside Python"
    "$binary" prepare "$directory/small" $((events / 10)) $((customers / 10))
    measure close "$directory/small"
    measure receipts 20000
    "$binary" export "$directory/small"
    "${pin[@]}" .venv-bench-oracle/bin/python dev/bench/oracle.py "$directory/small"
} | tee "$out/oracle.txt"
# The last line of each name and peer counts.
awk '$1 == "swift" { swift[$2] = $3 } $1 == "python" { print $2 ": " swift[$2] " ns, Python " $3 " ns, ratio " $3 / swift[$2] }' \
    "$out/oracle.txt"
