#!/bin/sh
# Makes the secrets that compose.yaml and compose.cluster.yaml ask for, once: `sh docker/secrets.sh`. What is there stays.
# The folder is for its owner only; the files are readable, because the users inside of the
# containers are others than outside.
set -eu
dir=${1:-$(dirname "$0")/secrets}
mkdir -p -m 700 "$dir"

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
keep() { # name of a file; its text comes from stdin
  [ -e "$dir/$1" ] || cat >"$dir/$1"
}

random | keep jwt-secret
for user in posthorn gateway actors projections admin; do
  random | keep "$user-password"
  echo "$(echo "$user" | tr a-z A-Z)_PASSWORD: \"$(cat "$dir/$user-password")\""
done >"$dir/passwords.conf"
find "$dir" -maxdepth 1 -type f -exec chmod 644 {} +
