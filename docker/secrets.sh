#!/bin/sh
# Makes the secrets that compose.yaml asks for, once: `sh docker/secrets.sh`. What is there stays.
# The folder is for its owner only; the files are readable, because the users inside of the
# containers are others than outside.
set -eu
dir=${1:-$(dirname "$0")/secrets}
mkdir -p -m 700 "$dir"

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
keep() { # name of a file; its text comes from stdin
  [ -e "$dir/$1" ] || cat >"$dir/$1"
}

random | keep posthorn-password
random | keep admin-password
random | keep jwt-secret
{
  echo "POSTHORN_PASSWORD: \"$(cat "$dir/posthorn-password")\""
  echo "ADMIN_PASSWORD: \"$(cat "$dir/admin-password")\""
  for role in GATEWAY ACTORS PROJECTIONS; do
    echo "${role}_PASSWORD: \"$(random)\""
  done
} | keep passwords.conf
chmod 644 "$dir"/*
