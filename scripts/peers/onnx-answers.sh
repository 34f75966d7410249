#!/usr/bin/env bash
# Puts the conformance models of ONNX (onnx-testdata.sh), and what Python's onnxruntime says to them,
# into .peers/onnx-answers for bench/evaluate/onnx-testdata.ts.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder="$PWD/.peers/onnx-answers"
packages=(numpy==2.4.6 onnx==1.23.2 onnxruntime==1.30.0)

[ -d "$folder/models" ] || scripts/peers/onnx-testdata.sh "$folder/models"
if ! "$folder/bin/python" -c 'import onnx, onnxruntime; assert onnxruntime.__version__ == "1.30.0"' 2>/dev/null; then
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2
fi
"$folder/bin/python" -P bench/evaluate/onnx-testdata.py \
  "$folder/models/usr/share/libonnx-testdata/data" "$folder/cases.jsonl"
