#!/usr/bin/env bash
# Puts the scanners that model-ci is compared with into .peers, each in an environment of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."

command -v python3 >/dev/null || { echo 'The scanners need Python 3: install it.' >&2; exit 3; }

# name package==version ...
install() {
  local folder="$PWD/.peers/$1" wanted="${*:2}"
  [ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ] && return
  echo "installing $wanted into .peers/$1" >&2
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "${@:2}" >&2
  echo "$wanted" >"$folder/installed"
}

install picklescan 'picklescan[7z]==1.0.5'
install modelscan modelscan==0.8.8
# fickling imports typing_extensions on Python before 3.12 and does not say so.
install fickling fickling==0.1.12 typing_extensions==4.15.0
install modelaudit modelaudit==0.2.54
