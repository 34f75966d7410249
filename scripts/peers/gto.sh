#!/usr/bin/env bash
# Puts the real GTO, whose tags we share, into .peers/gto and prints its path.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=1.10.1
folder="$PWD/.peers/gto"
gto="$folder/bin/gto"

if ! "$gto" --version 2>/dev/null | grep -q "$version"; then
  if ! command -v python3 >/dev/null; then
    echo 'gto needs Python 3.' >&2
    exit 3
  fi
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "gto==$version" >&2
fi
echo "$gto"
