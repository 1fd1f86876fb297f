#!/bin/sh
# Installs what NAME.txt lists (client or fuzz) into .cache/api/NAME.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
name=$1
venv=$root/.cache/api/$name
python3 -c 'import ensurepip, venv' 2>/dev/null || {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends python3 python3-venv
  else
    echo "python3 with venv is needed: apt-get install python3 python3-venv" >&2
    exit 1
  fi
}
if ! cmp -s "$here/$name.txt" "$venv/installed"; then
  rm -rf "$venv"
  mkdir -p "$(dirname "$venv")"
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check -r "$here/$name.txt"
  cp "$here/$name.txt" "$venv/installed"
fi
