#!/bin/sh
# Installs moto, a server that stands in for AWS, into .cache/moto/venv.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
venv=$root/.cache/moto/venv
python3 -c 'import ensurepip, venv' 2>/dev/null || {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends python3 python3-venv
  else
    echo "python3 with venv is needed: apt-get install python3 python3-venv" >&2
    exit 1
  fi
}
if ! cmp -s "$here/requirements.txt" "$venv/installed"; then
  rm -rf "$venv"
  mkdir -p "$(dirname "$venv")"
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/installed"
fi
