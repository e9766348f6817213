#!/usr/bin/env bash
# Measures everything side by side with its named peers: gateway, transcripts, store. Takes about fifteen minutes.
# usage: dev/bench/run.sh [--without-litellm]
set -euo pipefail
cd "$(dirname "$0")/../.."

arguments=()
if [[ ${1:-} != --without-litellm ]]; then
    if [[ ! -x .venv-litellm/bin/litellm ]]; then
        python3 -m venv .venv-litellm
        .venv-litellm/bin/pip install --quiet 'litellm[proxy]'
    fi
    arguments+=(--litellm .venv-litellm/bin/litellm)
fi

echo "== Gateway, beside nginx and LiteLLM"
python3 dev/bench/gateway.py "${arguments[@]+"${arguments[@]}"}"
echo "== Reading and writing HTTP, beside NIOHTTP1"
swift build --configuration release --package-path Benchmarks --scratch-path .build-bench --product HTTPForwardingBenchmark >&2
"$(swift build --configuration release --package-path Benchmarks --scratch-path .build-bench --show-bin-path)/HTTPForwardingBenchmark"
echo "== Reading a response, beside JSONDecoder"
swift build --configuration release --package-path Benchmarks --scratch-path .build-bench --product ResponseMeterBenchmark >&2
"$(swift build --configuration release --package-path Benchmarks --scratch-path .build-bench --show-bin-path)/ResponseMeterBenchmark"
echo "== Scanning transcripts, beside orjson"
dev/bench/transcripts.sh
echo "== The usage graph, beside the official Python driver"
dev/bench/graph.sh
echo "== The store, beside Python's sqlite3"
dev/bench/store.sh
