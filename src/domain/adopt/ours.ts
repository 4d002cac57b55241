import type { LoginRole } from '../component.ts';
import type { AdoptionFacts } from './facts.ts';
import { entryOf, passwordSecretOf, type RoleEntry } from './spec.ts';

/**
 * Why a role of a login role's name is not of an adoption of this component; empty where it is, or nothing has the name.
 * A name is no identity. What an adoption makes reads its password from a Secret that has the labels of an adoption, and
 * is a member of the owner. The record on the owner's Secret stands for a Secret that is gone.
 */
export function whyForeign(
  { names, cluster, roleSecrets: states, database, direction, record }: AdoptionFacts,
  { role, secret }: LoginRole,
): readonly string[] {
  const entry = cluster && entryOf(cluster.spec, role);
  const found = 'unread' in database ? undefined : database.roles.find(({ name }) => name === role);
  if (entry === undefined && found === undefined) return [];
  const reads = passwordSecretOf(entry);
  const isMember = found === undefined ? groupsOf(entry).includes(names.owner) : found.memberOf.includes(names.owner);
  return [
    // Somebody may have taken the declaration of an adoption's role away.
    ...(entry === undefined && direction === 'adopt' && !(states[secret] === 'ours' && isMember)
      ? ['not in spec.managed.roles']
      : []),
    ...(entry !== undefined && reads !== secret
      ? [`gets its password from ${reads === undefined ? 'no Secret' : `Secret ${reads}`}, not from ${secret}`]
      : []),
    ...(states[secret] === 'foreign' ? [`Secret ${secret} is not of an adoption`] : []),
    ...(states[secret] === 'absent' && direction === 'undo' && record === undefined ? [`has no Secret ${secret}`] : []),
    ...(isMember ? [] : [`is no member of "${names.owner}"`]),
  ];
}

function groupsOf(entry: RoleEntry | undefined): readonly unknown[] {
  const groups = entry?.['inRoles'];
  return Array.isArray(groups) ? groups : [];
}
