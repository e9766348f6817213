#!/usr/bin/env bash
# Measures how fast the usage graph takes messages in, beside the official Python driver with the fastest idempotent
# shapes: all take turns with the same server, ArcadeDB.
# usage: dev/bench/graph.sh [ROUNDS]      ROUNDS: 3; the medians are printed; results in dev/bench/out/
set -euo pipefail
cd "$(dirname "$0")/../.."

rounds=${1:-3}
out=$PWD/dev/bench/out
mkdir -p "$out"

environment=.venv-bench-neo4j
stamp="$environment/installed:_neo4j==6.4.1"
if [[ ! -e $stamp ]]; then
    rm -rf "$environment"
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check 'neo4j==6.4.1'
    touch "$stamp"
fi
ARCADEDB_PREPARE=1 dev/arcadedb.sh

product=GraphBenchmark
swift build --configuration release --package-path Benchmarks --scratch-path .build-bench --product $product >&2
binary=$(swift build --configuration release --package-path Benchmarks --scratch-path .build-bench --show-bin-path)/$product

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
directory=$(mktemp -d "${TMPDIR:-/var/tmp}/flowmeter-graph.XXXXXX")
port=$(free_port)
dev/arcadedb.sh "$directory" "$port" "$(free_port)" >"$out/arcadedb.log" 2>&1 &
server=$!
trap 'kill $server; wait; rm -rf "$directory"' EXIT
python_() { "$environment/bin/python" dev/bench/graph.py "bolt://127.0.0.1:$port" root playwithdata "$@"; }
store_() { "$binary" "bolt://127.0.0.1:$port" root playwithdata "$@"; }
# The database appears a moment after the server listens; the first messages also warm the server up.
until python_ "w$SECONDS" 3000 1000 H1 >/dev/null 2>&1; do sleep 0.5; done
store_ w 3000 1000 >/dev/null

: >"$out/graph.raw"
for ((round = 1; round <= rounds; round++)); do
    # All batches are of 1,000 messages, each a transaction.
    for shape in B E H1 H2; do python_ "r$round" 10000 1000 $shape | sed 's/^/10000 /' >>"$out/graph.raw"; done
    store_ "r$round" 10000 1000 | sed 's/^/10000 /' >>"$out/graph.raw"
done
store_ flat 40000 1000 | sed 's/^/40000 /' >>"$out/graph.raw"
python_ flat 40000 1000 B | sed 's/^/40000 /' >>"$out/graph.raw"
python3 - "$out/graph.raw" <<'PYTHON' | tee "$out/graph.txt"
import statistics, sys
found, flat = {}, {}
for line in open(sys.argv[1]):
    count, name, rate, *quarters = line.split()
    if count == "10000":
        found.setdefault(name, []).append(int(rate))
    else:
        flat[name] = (int(rate), [int(quarter) for quarter in quarters])
medians = {name: statistics.median(rates) for name, rates in found.items()}
best = max(rate for name, rate in medians.items() if name != "store")
print("10,000 messages in 3 sessions, messages per second: median (each run), and the ratio to the best shape")
for name, rates in found.items():
    print(f"{name:8}{medians[name]:>8.0f}   {medians[name] / best:.2f}×   {rates}")
print("40,000 messages in 3 sessions, messages per second: all, and each quarter")
for name, (rate, quarters) in flat.items():
    print(f"{name:8}{rate:>8}   {quarters}   last / first quarter {quarters[-1] / quarters[0]:.2f}")
PYTHON
