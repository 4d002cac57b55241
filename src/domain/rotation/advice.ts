import { secretAt } from '../component.ts';
import { stagingSecretName } from '../marks.ts';
import { restartCommand } from '../restart-command.ts';
import type { Rotation } from './rotation.ts';
import { stagedSecrets } from './handover.ts';

/** The state of the staging Secret at a rotation's end. */
export type StagingFound = 'kept' | 'removed' | 'gone' | 'of another rotation';

/**
 * What to do when a rotation could neither finish nor go back: the exact commands. No command shows a password or takes
 * a password as an argument.
 * @param staging the state of the Secret that held both credentials; undefined where nobody could look at it.
 */
export function needsAttentionAdvice(rotation: Rotation, staging: StagingFound | undefined): string {
  if (rotation.generatedBy !== undefined) return ofGenerated(rotation, rotation.generatedBy);
  switch (staging) {
    case 'kept':
      return fromStaging(rotation, 'keeps');
    case undefined:
      return fromStaging(rotation, 'could not be looked at. While it is there, it keeps');
    case 'removed':
    case 'gone':
      return withoutStaging(rotation, 'which held both credentials, is gone');
    case 'of another rotation':
      return withoutStaging(rotation, 'which held both credentials, belongs to another rotation now');
  }
}

/** CNPG's Secret holds the only password that can be valid. A rotation brings that, or the next one, everywhere. */
function ofGenerated({ component, workloads }: Rotation, databaseRole: string): string {
  const { name, namespace, secret } = component;
  const kubectl = `kubectl -n ${namespace}`;
  const restarts = workloads.map(restartCommand);
  return [
    `CNPG generates the password into Secret ${namespace}/${secret}, and nothing brings the previous one back. Why CNPG or PostgreSQL does not do as asked:`,
    `  ${kubectl} describe databaserole ${databaseRole}`,
    ...(restarts.length === 0 ? [] : ['Whoever reads this Secret alone has the password after a restart:']),
    ...restarts.map((command) => `  ${command}`),
    'When the cause is mended, another rotation has CNPG generate a password and brings it to every Secret:',
    `  ${kubectl} delete secret ${stagingSecretName(component)}`,
    `  cnpg-rotate rotate ${name}`,
  ].join('\n');
}

/** Without a staging Secret there is no way back: try the Secrets' password, apply it, then replace it. */
function withoutStaging(rotation: Rotation, found: string): string {
  const { component, workloads } = rotation;
  const { name, namespace, cluster, secret } = component;
  const kubectl = `kubectl -n ${namespace}`;
  const restarts = workloads.map(restartCommand);
  return [
    ...inGit(rotation),
    `Secret ${namespace}/${stagingSecretName(component)}, ${found}: the rotation has nothing to go back to. Find out who took it away. Whether PostgreSQL accepts what Secret ${namespace}/${secret} holds:`,
    `  cnpg-rotate check ${name}`,
    'Where PostgreSQL refuses it, let CNPG apply what the Secret holds, and check again:',
    `  ${kubectl} annotate cluster ${cluster} cnpg.io/reloadedAt="$(date -u +%FT%TZ)" --overwrite`,
    ...(restarts.length === 0 ? [] : ['Where PostgreSQL accepts it, let the workloads read it:']),
    ...restarts.map((command) => `  ${command}`),
    'Where neither helps, a new rotation sets a password that is known:',
    `  cnpg-rotate rotate ${name}`,
  ].join('\n');
}

function fromStaging(rotation: Rotation, keeps: string): string {
  const { component, secrets, workloads, turn } = rotation;
  const { namespace, cluster } = component;
  const staging = stagingSecretName(component);
  const kubectl = `kubectl -n ${namespace}`;
  const all = stagedSecrets(rotation);
  const copy = (secret: string): string => {
    const prefix = `before.${all.indexOf(secret)}.`;
    return (
      `${kubectl} get secret ${staging} -o json | ` +
      `jq '{data: (.data | with_entries(select(.key | startswith("${prefix}")) | .key |= ltrimstr("${prefix}")))}' | ` +
      `kubectl -n ${secretAt(component, secret).namespace} patch secret ${secretAt(component, secret).name} --patch-file /dev/stdin`
    );
  };
  const apply = `${kubectl} annotate cluster ${cluster} cnpg.io/reloadedAt="$(date -u +%FT%TZ)" --overwrite`;
  const applications = secrets.map(copy);
  const restarts = workloads.map(restartCommand);
  const commands =
    turn === undefined
      ? [...applications, apply, ...restarts]
      : [copy(turn.active.secret), apply, ...applications, ...restarts, copy(turn.idle.secret), apply];
  const order = turn === undefined ? '' : `, and exchange Secret ${turn.active.secret} with ${turn.idle.secret}`;
  return [
    ...inGit(rotation),
    `Secret ${namespace}/${staging} ${keeps} both credentials: keys "before.*" are the previous one, "after.*" the new one. To settle on the previous one:`,
    ...[...commands, `${kubectl} delete secret ${staging}`].map((command) => `  ${command}`),
    `For the new one, read "after." for "before." in it${order}.`,
  ].join('\n');
}

/** Flux's next reconcile would remove a change that is only in the cluster. */
function inGit({ id, component: { gitops } }: Rotation): readonly string[] {
  if (gitops === undefined) return [];
  return [
    `The repository comes first, or Flux brings back what it holds. On branch ${gitops.branch}, "git log --grep 'Rotation-Id: ${id}'" shows the commits of this rotation: for the previous credential revert those that no "rotate: Restore" has undone, the newest first, and push; for the new one do the same with the "rotate: Restore" alone.`,
  ];
}

/** The remains of a rotation that ended before it changed a Secret of the application; undefined if there are none. */
export function leftoverOf({ component, turn }: Rotation): string | undefined {
  if (turn === undefined) return undefined;
  return (
    `Role "${turn.idle.role}" may have a new password, which stood in Secret ${stagingSecretName(component)} alone and ` +
    'is in no application. Nobody knows it any more, and the next rotation sets another.'
  );
}
