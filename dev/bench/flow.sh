#!/usr/bin/env bash
# Measures the Flow client, and flow-py-sdk beside it.
# usage: dev/bench/flow.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

swift build -c release --package-path Benchmarks --scratch-path .build-bench --product FlowBenchmark
if [[ ! -e .venv-acceptance-flow/bin/python ]]; then
    python3 -m venv .venv-acceptance-flow
    .venv-acceptance-flow/bin/pip install --quiet --disable-pip-version-check 'flow-py-sdk==2.0.2'
fi
.build-bench/release/FlowBenchmark
.venv-acceptance-flow/bin/python dev/bench/flow.py
