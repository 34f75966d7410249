#!/usr/bin/env bash
# Writes the data sets of __tests__/data and what Python's libraries read in them; bench/evaluate/
# uses the same environment.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=.peers/data/bin/python
packages=(numpy==2.3.5 pandas==2.3.3 pyarrow==22.0.0 pillow==12.0.0 scipy==1.16.3 tokenizers==0.22.1
  onnxruntime==1.30.0 scikit-learn==1.7.2 skl2onnx==1.20.0)

command -v python3 >/dev/null || { echo 'The fixtures need Python 3: install it.' >&2; exit 3; }
if ! "$python" -c 'import pandas, pyarrow, PIL, scipy, tokenizers, onnxruntime, skl2onnx' 2>/dev/null; then
  python3 -m venv .peers/data
  .peers/data/bin/pip install --quiet --disable-pip-version-check "${packages[@]}" >&2
fi
"$python" scripts/peers/data.py __tests__/data/fixtures
