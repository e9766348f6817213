#!/usr/bin/env bash
# Rules that neither the compiler nor swift-format checks.
set -euo pipefail
cd "$(dirname "$0")/.."

status=0
report() {
    echo "lint: $1" >&2
    sed 's/^/    /' >&2
    status=1
}
forbid() { # forbid MESSAGE PATTERN PATH...
    local message=$1 pattern=$2
    shift 2
    local found
    found=$(grep -rnE --include='*.swift' "$pattern" "$@" | grep -v '// lint:' || true)
    [[ -z $found ]] || report "$message" <<<"$found"
}

forbid 'errors are handled, never dropped' '\btry\?' Sources
forbid 'no traps on input' '\btry!|\bfatalError\(|\bas!' Sources
forbid 'no unchecked isolation' 'nonisolated\(unsafe\)' Sources
forbid 'no floating point near money, tokens or time' '\b(Double|Float|Float32|Float64|CGFloat|TimeInterval)\b' \
    Sources/Metering Sources/MeteringSQLite Sources/MeteringNeo4j Sources/Claude

# A catch without code drops an error; where that is right its comment begins with "lint: dropped" and says why.
dropped=$(find Sources FuzzTesting -name '*.swift' -print0 | xargs -0 perl -0ne '
    while (/catch[^{}\n]*\{\s*(?:\/\/[^\n]*\s*)*\}/g) {
        my $catch = $&;
        next if $catch =~ /lint: dropped\. \S/;
        print "$ARGV:", 1 + (substr($_, 0, $-[0]) =~ tr/\n//), ": ", $catch =~ s/\s+/ /gr, "\n";
    }')
[[ -z $dropped ]] || report 'errors are handled, never dropped; where that is right, begin the comment with "lint: dropped." and say why' <<<"$dropped"

# An unchecked Sendable needs its proof, an unstructured task its reason, in the comment just above.
unproven=$(grep -rnE -B1 --include='*.swift' '@unchecked Sendable|^\s*(let \w+ = )?Task(\.detached)? \{' Sources \
    | awk '/^--$/ { previous = ""; next } /[.]swift:[0-9]+:/ { if (previous !~ /\/\//) print; previous = ""; next } { previous = $0 }' || true)
[[ -z $unproven ]] || report 'say why, in a comment just above' <<<"$unproven"

long=$(find Sources -name '*.swift' -exec wc -l {} + | awk '$2 != "total" && $1 > 500' || true)
[[ -z $long ]] || report 'files over 500 lines: split them' <<<"$long"

exit $status
