#!/usr/bin/env bash
# Puts ORAS, a client of OCI registries that is not ours, into .peers/oras and prints its path. The
# registry is Debian's docker-registry (apt-get install docker-registry).
set -euo pipefail
cd "$(dirname "$0")/../.."

version=1.3.0
folder="$PWD/.peers/oras"
oras="$folder/bin/oras"

if ! command -v docker-registry >/dev/null; then
  echo 'docker-registry is missing: apt-get install docker-registry.' >&2
  exit 3
fi
if ! "$oras" version >/dev/null 2>&1; then
  if ! command -v go >/dev/null; then
    echo 'oras is built with Go: install Go 1.24 or newer.' >&2
    exit 3
  fi
  rm -rf "$folder"
  GOBIN="$folder/bin" go install "oras.land/oras/cmd/oras@v$version"
fi
echo "$oras"
