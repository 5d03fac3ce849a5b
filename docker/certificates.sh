#!/bin/sh
# Makes an authority, and a certificate of it for each process that is named, once: `sh docker/certificates.sh DIR NAME …`.
# What is there stays: to renew one, remove NAME.pem and run it again. A certificate is for its name, and for this machine.
# The folder is for its owner only; keys are readable in it, but the authority's, because the users inside of
# containers are others than outside.
set -eu
dir=$1
shift
mkdir -p -m 700 "$dir"
cd "$dir"

key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
if [ ! -e ca.pem ]; then
  openssl req -x509 $key -subj "/CN=posthorn" -days 3650 -keyout ca.key -out ca.pem 2>/dev/null
  chmod 600 ca.key
fi
for name; do
  [ ! -e "$name.pem" ] || continue
  openssl req $key -subj "/CN=$name" -keyout "$name.key" -out "$name.csr" 2>/dev/null
  echo "subjectAltName=DNS:$name,DNS:localhost,IP:127.0.0.1" >"$name.ext"
  openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 825 \
    -extfile "$name.ext" -out "$name.new" 2>/dev/null
  rm "$name.csr" "$name.ext"
  chmod 644 "$name.key"
  mv "$name.new" "$name.pem"
done
