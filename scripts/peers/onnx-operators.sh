#!/bin/sh
# Writes src/onnx/operators.json anew, from the pinned release of the onnx package.
set -eu
cd "$(dirname "$0")/../.."
environment=.peers/onnx
test -x "$environment/bin/python" || python3 -m venv "$environment"
"$environment/bin/pip" install --quiet 'onnx==1.23.2'
"$environment/bin/python" scripts/peers/onnx-operators.py > src/onnx/operators.json
