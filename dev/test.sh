#!/usr/bin/env bash
# Runs the Swift tests that are built, one module's after the other.
# usage: dev/test.sh [MODULE...]      for example: dev/test.sh GatewayTests BoltTests
#        TEST_LIMIT=SECONDS           how long one module may take before it is ended (default 600)
#
# Each module has a process of its own: in one process, the property tests of one module keep every thread busy while
# the servers and deadlines of another wait for theirs. A module that does not end is ended, and what it was doing is
# said: a test that waits for ever must not hide the verdict on all others.
set -euo pipefail
cd "$(dirname "$0")/.."

limit=${TEST_LIMIT:-600}
modules=("$@")
if [[ $# -eq 0 ]]; then
    for folder in Tests/*Tests; do modules+=("${folder#Tests/}"); done
fi

# What tests start is installed beforehand, so that a slow download is not taken for a test that hangs.
ARCADEDB_PREPARE=1 dev/arcadedb.sh

unfinished() { # unfinished LOG: the tests that began and never ended
    comm -23 <(sed -nE '/^◇ Test case /d; s/^◇ Test (.*) started\.$/\1/p' "$1" | sort) \
        <(sed -nE 's/^[✔✘➜] Test (.*) (passed|failed|skipped).*$/\1/p' "$1" | sed -E 's/ with [0-9]+ test cases?$//' | sort) \
        | grep -vx 'run' || true
}

failed=()
for module in "${modules[@]}"; do
    started=$SECONDS
    log=$(mktemp)
    # Tests that pass need no line each; what failed or was skipped, and the sum, do.
    status=0
    # In a session of its own, so that nothing of a module that was ended stays behind; by lines, so that its log is whole.
    setsid --wait timeout --kill-after=10 "$limit" stdbuf -oL swift test --skip-build --filter "^$module\\." \
        > "$log" 2>&1 < /dev/null &
    session=$!
    wait "$session" || status=$?
    pkill -KILL --session "$session" || true
    verdict=passed
    [[ $status -eq 0 ]] || verdict=FAILED
    # A filter that finds nothing is a mistake in a name, not a success.
    grep -qE 'Test run with [1-9][0-9]* tests?' "$log" || verdict=FAILED
    if [[ $verdict == FAILED ]]; then
        failed+=("$module")
        if [[ $status -eq 124 || $status -eq 137 ]]; then
            echo "$module did not end within $limit s. These tests had begun and not ended:"
            unfinished "$log" | sed 's/^/    /'
        fi
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
