#!/bin/sh
# Installs Debian packages; of `one|other` the first that there is. Their own services are not started.
set -eu
export DEBIAN_FRONTEND=noninteractive

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  # Debian's way to say that installing a server is not to start it; it is there only while this runs.
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

apt-get -qq update
packages=''
for choice in "$@"; do
  for package in $(echo "$choice" | tr '|' ' '); do
    if apt-cache policy "$package" | grep -q 'Candidate: [^(]'; then
      packages="$packages $package"
      break
    fi
  done
done
apt-get -qq -o Dpkg::Use-Pty=0 install --yes --no-install-recommends $packages
