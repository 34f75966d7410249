#!/usr/bin/env bash
# Puts the reference implementation of OpenSSF Model Signing into .peers/model-signing and prints
# its path. It forgets to name pyOpenSSL among what it needs.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=1.1.1
folder="$PWD/.peers/model-signing"
tool="$folder/bin/model_signing"

if ! "$tool" --version 2>/dev/null | grep -q "$version"; then
  if ! command -v python3 >/dev/null; then
    echo 'model-signing needs Python 3.' >&2
    exit 3
  fi
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check \
    "model-signing==$version" 'pyOpenSSL==26.4.0' >&2
fi
echo "$tool"
