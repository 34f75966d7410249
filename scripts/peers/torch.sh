#!/usr/bin/env bash
# Puts the real PyTorch (with CUDA libraries, several gigabytes) into .peers/torch and prints its
# Python. With the argument `fixtures`, what PyTorch computes is written anew for the tests.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=2.15.0
folder="$PWD/.peers/torch"
python="$folder/bin/python"

if ! "$python" -c "import torch; assert torch.__version__.startswith('$version')" 2>/dev/null; then
  command -v python3 >/dev/null || { echo 'PyTorch needs Python 3: install it.' >&2; exit 3; }
  echo "installing PyTorch $version into .peers/torch" >&2
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check \
    "torch==$version" numpy==2.4.6 onnx==1.23.2 onnxruntime==1.30.0 >&2
fi

if [ "${1:-}" = fixtures ]; then
  inputs=$(mktemp -d)
  trap 'rm -rf "$inputs"' EXIT
  node --import tsx __tests__/training/torch/write-inputs.ts "$inputs"
  "$python" scripts/peers/torch/losses.py "$inputs" __tests__/training/torch/losses.json
  "$python" scripts/peers/torch/autograd.py __tests__/training/torch/autograd
  "$python" scripts/peers/torch/curves.py __tests__/training/torch/curves
else
  echo "$python"
fi
