#!/bin/sh
# POSTGRES_USER with POSTGRES_PASSWORD becomes the superuser of a new volume, and has a database of that name.
set -eu

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  password=$(mktemp)
  printf '%s\n' "$POSTGRES_PASSWORD" >"$password"
  initdb --username="$POSTGRES_USER" --pwfile="$password" --auth-local=trust --auth-host=scram-sha-256
  rm "$password"
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  pg_ctl start --wait --options="-c listen_addresses='' -k /tmp"
  createdb --host=/tmp --username="$POSTGRES_USER" "$POSTGRES_USER"
  pg_ctl stop --wait
fi
exec postgres -c listen_addresses='*' -k /tmp
