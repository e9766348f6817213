#!/usr/bin/env bash
# Long random histories, to the last 10⁻¹² USD: in memory, and with the oracle's process killed again and again.
# usage: dev/chaos.sh [STEPS [SEED]]      5000 steps, and a random seed, unless said otherwise
set -euo pipefail
cd "$(dirname "$0")/.."

export FLOWMETER_CHAOS_STEPS=${1:-5000} FLOWMETER_SEED=${2:-$RANDOM$RANDOM}
echo "$FLOWMETER_CHAOS_STEPS steps, seed $FLOWMETER_SEED; to repeat: dev/chaos.sh $FLOWMETER_CHAOS_STEPS $FLOWMETER_SEED" >&2
swift build --build-tests --explicit-target-dependency-import-check error >&2
exec swift test --skip-build --filter '^OracleTests\.ConservationTests/(longHistory|killedProcesses)'
