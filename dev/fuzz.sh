#!/usr/bin/env bash
# Builds the chosen fuzzers (default: all) with sanitizers and runs each for SECONDS (default 60), starting from its corpus.
# usage: dev/fuzz.sh [SECONDS [TARGET...]]
set -euo pipefail
cd "$(dirname "$0")/../FuzzTesting"

seconds=${1:-60}
shift || true
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || for folder in Sources/*/; do targets+=("$(basename "$folder")"); done

for target in "${targets[@]}"; do
    swift build --scratch-path ../.build-fuzz --sanitize=fuzzer --sanitize=address \
        -Xswiftc -sanitize=fuzzer,address --product "$target"
done
found=$(mktemp -d)
for target in "${targets[@]}"; do
    mkdir -p "$found/$target"
    echo "== $target, $seconds s"
    case $target in
        FuzzHTTP*) dictionary=http.dict ;;
        FuzzCadence*) dictionary=cadence.dict ;;
        *) dictionary=json.dict ;;
    esac
    SWIFT_BACKTRACE=enable=no "../.build-fuzz/debug/$target" -max_total_time="$seconds" -print_final_stats=1 \
        -dict="$dictionary" -artifact_prefix="$found/" "$found/$target" "Corpus/$target"
done
echo "No crash. New inputs are in $found"
