import { stagingSecretName } from './component.ts';
import type { Rotation } from './rotation.ts';

/**
 * What to do when a rotation could be neither finished nor undone: the exact commands, none of which shows a password
 * or has one in its arguments.
 */
export function needsAttentionAdvice({ component, secrets, workloads }: Rotation): string {
  const { namespace, cluster } = component;
  const staging = stagingSecretName(component);
  const kubectl = `kubectl -n ${namespace}`;
  const copies = secrets.map((secret, index) => {
    const prefix = `before.${index}.`;
    return (
      `${kubectl} get secret ${staging} -o json | ` +
      `jq '{data: (.data | with_entries(select(.key | startswith("${prefix}")) | .key |= ltrimstr("${prefix}")))}' | ` +
      `${kubectl} patch secret ${secret} --patch-file /dev/stdin`
    );
  });
  const restarts = workloads.map(({ kind, name }) => `${kubectl} rollout restart ${kind.toLowerCase()}/${name}`);
  return [
    `Secret ${namespace}/${staging} keeps both credentials: keys "before.*" are the previous one, "after.*" the new one. To settle on the previous one:`,
    ...[
      ...copies,
      `${kubectl} annotate cluster ${cluster} cnpg.io/reloadedAt="$(date -u +%FT%TZ)" --overwrite`,
      ...restarts,
      `${kubectl} delete secret ${staging}`,
    ].map((command) => `  ${command}`),
    'For the new one, read "after." for "before." in it.',
  ].join('\n');
}
