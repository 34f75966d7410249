#!/usr/bin/env bash
# Puts the ONNX file of Magika (Google's detector of file types, Apache-2.0) into .peers/magika and
# prints its path. The Python package carries it; nothing of the package is run.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=1.0.3
model="$PWD/.peers/magika/$version/magika/models/standard_v3_3/model.onnx"
if [ ! -f "$model" ]; then
  command -v python3 >/dev/null || { echo 'Magika needs Python 3: install it.' >&2; exit 3; }
  python3 -m venv .peers/magika
  .peers/magika/bin/pip download --quiet --disable-pip-version-check --no-deps \
    --dest .peers/magika "magika==$version" >&2
  python3 -m zipfile -e .peers/magika/magika-"$version"-*.whl ".peers/magika/$version"
fi
echo "$model"
