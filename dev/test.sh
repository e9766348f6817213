#!/usr/bin/env bash
# Runs the Swift tests that are built, one module's after the other.
# usage: dev/test.sh [MODULE...]      for example: dev/test.sh GatewayTests BoltTests
#
# Each module has a process of its own: in one process, the property tests of one module keep every thread busy while
# the servers and deadlines of another wait for theirs.
set -euo pipefail
cd "$(dirname "$0")/.."

modules=("$@")
if [[ $# -eq 0 ]]; then
    for folder in Tests/*Tests; do modules+=("${folder#Tests/}"); done
fi

failed=()
for module in "${modules[@]}"; do
    started=$SECONDS
    log=$(mktemp)
    # Tests that pass need no line each; what failed or was skipped, and the sum, do.
    if swift test --skip-build --filter "^$module\\." > "$log" 2>&1; then verdict=passed; else verdict=FAILED; fi
    # A filter that finds nothing is a mistake in a name, not a success.
    grep -qE 'Test run with [1-9][0-9]* tests?' "$log" || verdict=FAILED
    if [[ $verdict == FAILED ]]; then
        failed+=("$module")
        grep -E '✘|↳|[Ff]atal error|error:|crashed|Time limit' "$log" | cut -c 1-1000 | head -n 200 || true
        tail -n 20 "$log" | cut -c 1-1000
    else
        grep -E '^➜' "$log" || true
    fi
    printf '%-24s %s: %s, %d s\n' "$module" "$verdict" \
        "$(grep -oE '[0-9]+ tests? in [0-9]+ suites?' "$log" | tail -1)" "$((SECONDS - started))"
    rm -f "$log"
done
if [[ ${#failed[@]} -gt 0 ]]; then
    echo "failed: ${failed[*]}" >&2
    exit 1
fi
