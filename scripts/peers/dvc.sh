#!/usr/bin/env bash
# Puts the real DVC, whose files we share, into .peers/dvc and prints its path.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=3.67.1
# Its YAML library, whose ways of folding text the lock follows to the byte.
yaml=0.19.1
folder="$PWD/.peers/dvc"
dvc="$folder/bin/dvc"

if [ "$("$dvc" --version 2>/dev/null)" != "$version" ]; then
  command -v python3 >/dev/null || { echo 'DVC needs Python 3: install it.' >&2; exit 3; }
  echo "installing DVC $version into .peers/dvc" >&2
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "dvc==$version" "ruamel.yaml==$yaml" >&2
fi
echo "$dvc"
