import type { ConsumerRef } from './component.ts';

/** The command with which a person restarts the pods of a workload or of another owner, as a rotation would. */
export function restartCommand({ kind, namespace, name }: ConsumerRef): string {
  const kubectl = `kubectl -n ${namespace}`;
  switch (kind) {
    case 'Rollout':
      return `${kubectl} patch rollout ${name} --type merge -p "{\"spec\":{\"restartAt\":\"$(date -u +%FT%TZ)\"}}"`;
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
      return `${kubectl} rollout restart ${kind.toLowerCase()}/${name}`;
    default:
      return `${kubectl} get pods -o json | jq -r '.items[].metadata | select(any(.ownerReferences[]?; .kind == "${kind}" and .name == "${name}")) | .name' | xargs ${kubectl} delete pod`;
  }
}
