#!/bin/sh
# Waits until the Temporal server serves, and creates TEMPORAL_NAMESPACE where it is missing.
#
# TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE are read by the `temporal` command itself.
set -eu

# An open port says that the process is there; a frontend that has found its peers says SERVING.
attempt=1
until temporal operator cluster health --command-timeout 5s; do
  if [ "$attempt" -ge 30 ]; then
    echo "The Temporal server at $TEMPORAL_ADDRESS does not serve. See: docker compose logs temporal" >&2
    exit 1
  fi
  attempt=$((attempt + 1))
  sleep 2
done

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  echo "The namespace $TEMPORAL_NAMESPACE is there already."
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_RETENTION"
fi
