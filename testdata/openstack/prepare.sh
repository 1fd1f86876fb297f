#!/usr/bin/env bash
# Downloads Keystone, Placement and Nova from Debian's packages and unpacks them
# below .cache/openstack. Nothing is installed and no maintainer's script is run.
# What is there already is left as it is.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=${OPENSTACK_CACHE:-$here/../../.cache/openstack}
mkdir -p "$home"
home=$(cd "$home" && pwd)
root=$home/root

die() {
  echo "openstack: $*" >&2
  exit 1
}

packages=(python3-keystone python3-nova python3-placement uwsgi-core uwsgi-plugin-python3)
# Of this one only api-paste.ini is needed.
configuration=nova-common
# What they depend on and never use here: init systems, storage and network daemons,
# drivers of other databases, documentation tools.
unused='^(systemd|systemd-sysv|systemd-timesyncd|libsystemd.*|libnss-systemd|libpam-systemd|udev|libudev1|open-iscsi|libisns0|libopeniscsiusr|sudo'
unused="$unused|python3-(mypy|mypy-extensions|sphinx|alabaster|snowballstemmer|imagesize|docutils|ceph|ceph-argparse|rados|rbd|rgw|cephfs|numpy|grpcio|etcd3|confluent-kafka|gevent|psycopg2|mysqldb|openstackclient)"
unused="$unused|sphinx-common|docutils-common|librados2|librbd1|librgw2|libcephfs2|liblapack3|libblas3|libgfortran5|librdkafka1|libmariadb3|libboost.*|libibverbs1|librdmacm1)\$"

exec 9>"$home/lock"
flock 9 # two may prepare at once
if [ -e "$root/complete" ]; then
  exit 0
fi
for tool in apt-get dpkg-deb python3; do
  command -v "$tool" >/dev/null || die "$tool is needed: the packages are Debian 12's"
done
[ -x /usr/bin/python3 ] || die "Debian's own /usr/bin/python3 is needed"
[ "$(id -u)" = 0 ] || die "apt-get works for root alone: run 'task openstack' once as root"

options=(-y --no-install-recommends -o "Dir::Cache::archives=$home/packages" -o Debug::NoLocking=1 -o APT::Keep-Downloaded-Packages=true)
log=$home/apt.log
mkdir -p "$home/packages/partial"
apt-get update -q </dev/null >"$log" 2>&1 || die "apt-get update failed: see $log"
DEBIAN_FRONTEND=noninteractive apt-get install -d "${options[@]}" "${packages[@]}" </dev/null >>"$log" 2>&1 ||
  die "the packages cannot be downloaded: see $log"
(cd "$home/packages" && apt-get download "$configuration" </dev/null >>"$log" 2>&1) ||
  die "the package $configuration cannot be downloaded: see $log"

rm -rf "$root"
mkdir -p "$root"
# Exactly what they need, not whatever else lies among the downloads.
apt-get install -s --no-install-recommends "${packages[@]}" | awk '/^Inst/ {print $2}' | grep -vE "$unused" | sort >"$home/needed"
echo "$configuration" >>"$home/needed"
while read -r package; do
  archive=$(find "$home/packages" -maxdepth 1 -name "${package}_*.deb" | sort | tail -n 1)
  [ -n "$archive" ] || die "the package $package was not downloaded: see $log"
  dpkg-deb -x "$archive" "$root"
done <"$home/needed"
rm -rf "$root"/usr/share/{doc,man,locale} "$root"/usr/include "$home/packages"
touch "$root/complete"
