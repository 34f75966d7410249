#!/usr/bin/env bash
# Unpacks the conformance models of ONNX, as Debian packages them (libonnx-testdata), into a folder:
# onnx-testdata.sh FOLDER. Nothing is installed on the machine; ONNX's own checker goes to .peers.
set -euo pipefail
target="$(mkdir -p "${1:?usage: onnx-testdata.sh FOLDER}" && cd "$1" && pwd)"
cd "$(dirname "$0")/../.."

if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
  echo 'skipped: the models come from a Debian package, and this system has no apt-get.' >&2
  exit 3
fi
download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT
if ! (cd "$download" && apt-get download --quiet --quiet -o "APT::Sandbox::User=$(id -un)" libonnx-testdata >&2); then
  echo 'skipped: apt-get does not find libonnx-testdata. Debian has it: run apt-get update first.' >&2
  exit 3
fi
dpkg -x "$download"/libonnx-testdata_*.deb "$target"

command -v python3 >/dev/null || { echo 'The checker of ONNX needs Python 3: install it.' >&2; exit 3; }
folder="$PWD/.peers/onnx-checker"
wanted='onnx==1.23.2'
if [ "$(cat "$folder/installed" 2>/dev/null)" != "$wanted" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "$wanted" >&2
  echo "$wanted" >"$folder/installed"
fi
