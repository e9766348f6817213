#!/usr/bin/env bash
# Kills the gateway under load and checks that nothing was lost: kill.sh [--kills 1000] [--clients N] [--seed N]
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 -B Tests/Acceptance/killing.py "$@"
