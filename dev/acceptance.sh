#!/usr/bin/env bash
# Runs the acceptance tests: the built binary against the official clients, in virtual environments of their own.
# usage: dev/acceptance.sh [PYTEST ARGUMENT...]
#        TEST_LIMIT=SECONDS               how long all of them may take (default 1200)
set -euo pipefail
cd "$(dirname "$0")/.."

# Two generations of the official client: 0.x sends its key as x-api-key, 2.x as Authorization: Bearer.
environment() { # environment FOLDER PACKAGE...
    local folder=$1 stamp
    shift
    stamp="$folder/installed: $*"
    [[ -e ${stamp// /_} ]] && return
    echo "Installing into $folder: $*" >&2
    rm -rf "$folder"
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"
    touch "${stamp// /_}"
}
environment .venv-acceptance 'anthropic==2.14.0' 'claude-agent-sdk==0.2.187' 'prometheus-client>=0.21,<1' 'pytest>=8,<10'
environment .venv-acceptance-0x 'anthropic==0.125.0'
# An independent SDK of Flow.
environment .venv-acceptance-flow 'flow-py-sdk==2.0.2'

export FLOWMETER_BINARY=${FLOWMETER_BINARY:-$PWD/.build/debug/flowmeter}
export FLOWMETER_FLOW_PYTHON=$PWD/.venv-acceptance-flow/bin/python
export FLOWMETER_OLD_CLIENT_PYTHON=$PWD/.venv-acceptance-0x/bin/python
# A test that hangs says where after five minutes, and does not hold up the verdict for ever.
exec timeout --kill-after=10 "${TEST_LIMIT:-1200}" \
    .venv-acceptance/bin/python -m pytest -q -o faulthandler_timeout=300 -p no:cacheprovider Tests/Acceptance "$@"
