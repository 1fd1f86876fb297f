#!/bin/sh
# Builds the plugin as .cache/python/shelf: one ELF program, with
# Python, its libraries and the generated stubs inside, as a checksum is to cover
# all that runs. What it needs for that goes below .cache/python.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out=$root/.cache/python/shelf
venv=$root/.cache/python/venv
python3 -c 'import ensurepip, venv' 2>/dev/null || {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends python3 python3-venv binutils
  else
    echo "python3 with venv is needed: apt-get install python3 python3-venv binutils" >&2
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
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$venv/bin/python" -m grpc_tools.protoc -I "$root/sdk/proto/netweave/plugin/v1" --python_out "$work" plugin.proto
PYTHONPATH=$work "$venv/bin/pyinstaller" --onefile --log-level ERROR --name shelf --paths "$work" \
  --distpath "$work/dist" --workpath "$work/build" --specpath "$work" "$here/shelf.py"
mkdir -p "$(dirname "$out")"
chmod 755 "$work/dist/shelf"
mv "$work/dist/shelf" "$out"
