import type { WorkloadRef } from './component.ts';

/** The command with which a person restarts a workload, as a rotation would. */
export function restartCommand({ kind, namespace, name }: WorkloadRef): string {
  const kubectl = `kubectl -n ${namespace}`;
  switch (kind) {
    case 'Rollout':
      return `${kubectl} patch rollout ${name} --type merge -p "{\"spec\":{\"restartAt\":\"$(date -u +%FT%TZ)\"}}"`;
    case 'ReplicaSet':
      return `${kubectl} get pods -o json | jq -r '.items[].metadata | select(any(.ownerReferences[]?; .kind == "ReplicaSet" and .name == "${name}")) | .name' | xargs ${kubectl} delete pod`;
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
      return `${kubectl} rollout restart ${kind.toLowerCase()}/${name}`;
  }
}
