#!/bin/sh
# On all addresses, the server tells its peers the container's own.
set -eu

if [ "${BIND_ON_IP:-}" = 0.0.0.0 ]; then
  TEMPORAL_BROADCAST_ADDRESS=$(getent hosts "$(hostname)" | awk '{print $1}')
  export TEMPORAL_BROADCAST_ADDRESS
fi
exec temporal-server --env docker start
