#!/usr/bin/env bash
# Writes model files by the real Keras and h5py into a folder: keras-models.sh FOLDER
set -euo pipefail
target="$(mkdir -p "${1:?usage: keras-models.sh FOLDER}" && cd "$1" && pwd)"
cd "$(dirname "$0")/../.."

folder="$PWD/.peers/keras"
if ! "$folder/bin/python" -c 'import h5py, jax, keras, scipy' 2>/dev/null; then
  command -v python3 >/dev/null || { echo 'Keras needs Python 3: install it.' >&2; exit 3; }
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check keras==3.15.1 h5py==3.16.0 scipy==1.17.1 jax==0.10.2 >&2
fi
KERAS_BACKEND=jax "$folder/bin/python" scripts/peers/keras-models.py "$target"
