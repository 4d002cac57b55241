import type { ClusterState } from '../cluster.ts';
import { stagingSecretName, type Component, type LoginRole } from '../component.ts';
import type { Rotation } from './rotation.ts';
import type { Target } from '../steps.ts';

/** Which of a rotation's Secrets a step writes or proves. */
export type Part =
  /** Those that applications read; in place CNPG reads the first of them. */
  | 'application'
  /** The Secret of the login role that the target's credential names. */
  | 'incoming'
  /** The Secret of the other one. */
  | 'outgoing';

/** The role that the target's credential names. */
export function roleOf({ component, turn }: Pick<Rotation, 'component' | 'turn'>, target: Target): string {
  if (turn === undefined) return component.role;
  return target === 'pending' ? turn.idle.role : turn.active.role;
}

/** The two roles of a rotation, one where there is one; the target's first. */
export function rolesOf(rotation: Pick<Rotation, 'component' | 'turn'>, target: Target): readonly string[] {
  const { turn } = rotation;
  if (turn === undefined) return [rotation.component.role];
  return target === 'pending' ? [turn.idle.role, turn.active.role] : [turn.active.role, turn.idle.role];
}

/** The role whose password CNPG sets from a part of the Secrets, and the Secret that it reads for that. */
export function loginOf({ component, turn }: Rotation, target: Target, part: Part): LoginRole {
  if (turn === undefined || part === 'application') return { role: component.role, secret: component.secret };
  return (target === 'pending') === (part === 'incoming') ? turn.idle : turn.active;
}

/** The names of a part's Secrets; the one that CNPG reads first. */
export function secretsOfPart(rotation: Rotation, target: Target, part: Part): readonly string[] {
  return part === 'application' ? rotation.secrets : [loginOf(rotation, target, part).secret];
}

/** All Secrets that the rotation may write, in the order in which the staging Secret keeps them. */
export function stagedSecrets({ secrets, turn }: Rotation): readonly string[] {
  return turn === undefined ? secrets : [...secrets, turn.idle.secret, turn.active.secret];
}

/** Whether a part's Secrets are changed by a commit, or in the cluster itself. */
export function isInGit(rotation: Rotation, target: Target, part: Part): boolean {
  if (part === 'application') return rotation.component.gitops !== undefined;
  return rotation.roleSecretsInGit?.includes(loginOf(rotation, target, part).secret) === true;
}

/** Every role whose password CNPG sets for the component. */
export function managedLogins({ strategy, role, secret, alternating }: Component): readonly LoginRole[] {
  return strategy === 'alternating' ? alternating.logins : [{ role, secret }];
}

/** Every name that is known to be a role's, by the catalogue and by the Cluster. */
export function rolesKnown({ role, alternating }: Component, cluster: ClusterState | undefined): readonly string[] {
  const declared = cluster?.managedRoles.map(({ name }) => name) ?? [];
  const owner = cluster?.applicationOwner === undefined ? [] : [cluster.applicationOwner.role];
  return [role, alternating.owner, ...alternating.logins.map((login) => login.role), ...declared, ...owner];
}

/** What is left of a rotation that ended before it changed any of the application's Secrets, if anything is. */
export function leftoverOf({ component, turn }: Rotation): string | undefined {
  if (turn === undefined) return undefined;
  return (
    `Role "${turn.idle.role}" may have a new password, which stood in Secret ${stagingSecretName(component)} alone and ` +
    'is in no application. Nobody knows it any more, and the next rotation sets another.'
  );
}
