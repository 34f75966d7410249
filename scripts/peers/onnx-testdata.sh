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

. scripts/peers/install.sh
install onnx-checker onnx==1.23.2
