#!/usr/bin/env bash
# Measures the Bolt driver beside the official Python driver, plain and with its Rust extension: all three take turns
# with the same server, ArcadeDB and one that answers from memory.
# usage: dev/bench/bolt.sh [ROUNDS]      ROUNDS: 3; the medians are printed; results in dev/bench/out/
set -euo pipefail
cd "$(dirname "$0")/../.."

rounds=${1:-3}
out=$PWD/dev/bench/out
mkdir -p "$out"

environment() { # environment FOLDER PACKAGE...
    local folder=$1 stamp
    shift
    stamp="$folder/installed: $*"
    [[ -e ${stamp// /_} ]] && return
    rm -rf "$folder"
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"
    touch "${stamp// /_}"
}
environment .venv-bench-neo4j 'neo4j==6.4.1'
environment .venv-bench-neo4j-rust 'neo4j==6.4.1' 'neo4j-rust-ext==6.4.1.0'
ARCADEDB_PREPARE=1 dev/arcadedb.sh

product=BoltBenchmark
swift build --configuration release --package-path Benchmarks --scratch-path .build-bench --product $product >&2
binary=$(swift build --configuration release --package-path Benchmarks --scratch-path .build-bench --show-bin-path)/$product

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
directory=$(mktemp -d "${TMPDIR:-/var/tmp}/flowmeter-bolt.XXXXXX")
arcade=$(free_port) replay=$(free_port)
dev/arcadedb.sh "$directory" "$arcade" "$(free_port)" >"$out/arcadedb.log" 2>&1 &
servers=$!
python3 dev/bench/bolt.py serve "$replay" >"$directory/replay.log" &
servers="$servers $!"
trap 'kill $servers; wait; rm -rf "$directory"' EXIT
until grep -q ready "$directory/replay.log"; do sleep 0.2; done
# The database appears a moment after the server listens; the Python driver waits for it.
until .venv-bench-neo4j/bin/python dev/bench/bolt.py measure "bolt://127.0.0.1:$arcade" root playwithdata auto \
    >/dev/null 2>&1; do sleep 0.5; done

swift_() { "$binary" "$@"; }
python_() { .venv-bench-neo4j/bin/python dev/bench/bolt.py measure "$@"; }
rust_() { .venv-bench-neo4j-rust/bin/python dev/bench/bolt.py measure "$@"; }

: >"$out/bolt.raw"
for ((round = 1; round <= rounds; round++)); do
    for peer in swift python rust; do
        ${peer}_ "bolt://127.0.0.1:$arcade" root playwithdata auto transaction managed execute rows unwind |
            sed "s/^/$peer server /" >>"$out/bolt.raw"
        ${peer}_ "bolt://127.0.0.1:$replay" root playwithdata auto transaction rows rows-at-once encode |
            sed "s/^/$peer replay /" >>"$out/bolt.raw"
    done
    swift_ "bolt://127.0.0.1:$arcade" root playwithdata auto-on-loop transaction-on-loop managed-on-loop \
        execute-one-write | sed "s/^/swift server /" >>"$out/bolt.raw"
    swift_ "bolt://127.0.0.1:$replay" root playwithdata auto-on-loop | sed "s/^/swift replay /" >>"$out/bolt.raw"
    python3 dev/bench/bolt.py floor "$arcade" root playwithdata | sed "s/^/socket server /" >>"$out/bolt.raw"
    python3 dev/bench/bolt.py floor "$replay" root playwithdata | sed "s/^/socket replay /" >>"$out/bolt.raw"
done
python3 - "$out/bolt.raw" <<'PYTHON' | tee "$out/bolt.txt"
import statistics, sys
found = {}
for line in open(sys.argv[1]):
    peer, server, name, rate, cpu = line.split()
    found.setdefault((server, name), {}).setdefault(peer, []).append((float(rate), float(cpu)))
print(f"{'':28}{'per second':>30}{'CPU µs each':>30}{'× rate of':>16}")
print(f"{'':28}" + f"{'Swift':>10}{'Python':>10}{'Rust ext':>10}" * 2 + f"{'Python':>8}{'Rust':>8}")
for (server, name), peers in found.items():
    # The work that stays on the event loop is the same work.
    peers = {**found.get((server, name.removesuffix("-on-loop")), {}), **peers}
    if "socket" in peers:
        rate, cost = (statistics.median(sample[index] for sample in peers["socket"]) for index in (0, 1))
        print(f"{server + ', bare socket':28}{rate:>10.0f}{'':20}{cost:>10.2f}")
        continue

    def median(peer, index):
        return statistics.median(sample[index] for sample in peers[peer]) if peer in peers else None
    rates = [median(peer, 0) for peer in ("swift", "python", "rust")]
    costs = [median(peer, 1) for peer in ("swift", "python", "rust")]
    print(f"{server + ', ' + name:28}" + "".join(f"{rate:>10.0f}" if rate else f"{'':10}" for rate in rates)
        + "".join(f"{cost:>10.2f}" if cost is not None else f"{'':10}" for cost in costs)
        + "".join(f"{rates[0] / rate:>7.1f}×" if rate else "" for rate in rates[1:]))
PYTHON
