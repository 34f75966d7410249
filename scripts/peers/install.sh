# Sourced by scripts that need packages of the Python world.

command -v python3 >/dev/null || { echo 'The peers need Python 3: install it.' >&2; exit 3; }

# install NAME PACKAGE==VERSION ...: an environment of its own in .peers/NAME
install() {
  local folder="$PWD/.peers/$1" wanted="${*:2}"
  [ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ] && return
  echo "installing $wanted into .peers/$1" >&2
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "${@:2}" >&2
  echo "$wanted" >"$folder/installed"
}
