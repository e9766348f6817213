#!/usr/bin/env bash
# Installs the named Debian packages that are missing, and says so. Elsewhere it only checks, and names what to install.
set -euo pipefail

if ! command -v dpkg-query >/dev/null; then
    echo "note: not a Debian system; these must be present: $*" >&2
    exit 0
fi

missing=()
for package in "$@"; do
    [[ $(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

if [[ " ${missing[*]} " == *" python3 "* ]] && command -v python3 >/dev/null; then
    # A python3 from elsewhere, with its own venv module, serves as well.
    if python3 -c 'import ensurepip, venv' 2>/dev/null; then
        remaining=()
        for package in "${missing[@]}"; do [[ $package == python3* ]] || remaining+=("$package"); done
        missing=("${remaining[@]+"${remaining[@]}"}")
        [[ ${#missing[@]} -eq 0 ]] && exit 0
    fi
fi

as_root=()
if [[ $(id -u) -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
        echo "error: these packages are missing: ${missing[*]}" >&2
        echo "fix: as root, run: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "Installing system packages: ${missing[*]}" >&2
"${as_root[@]+"${as_root[@]}"}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]+"${as_root[@]}"}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
