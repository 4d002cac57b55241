import type { Turn } from '../component.ts';
import type { HookRef } from '../hook.ts';
import { literal } from '../text/sql.ts';
import type { AdoptionFacts, Direction } from './facts.ts';
import type { AdoptionNames } from './names.ts';
import { alternatingSpec, sameSpec } from './spec.ts';

/** What the adoption has to do, according to the facts. */
export interface AdoptionPlan {
  /** Which role hands over to which; absent when the application logs in as the right role already. */
  readonly turn?: Turn;
  /** Whether the declaration of the roles in CNPG changes. */
  readonly roles: boolean;
  /** Nothing has to be done: the component is as asked for. */
  readonly done: boolean;
}

/**
 * The plan for an untouched component, and for a component whose adoption stopped in the middle. The plan leaves out
 * each part that is done already.
 */
export function planAdoption(facts: AdoptionFacts): AdoptionPlan {
  const { direction, names, activeRole, record } = facts;
  const turn = turnOfAdoption(direction, names, activeRole);
  const roles = direction === 'undo' ? record !== undefined : record === undefined || mustDeclare(facts);
  return { turn, roles, done: turn === undefined && !roles };
}

/** Whether the roles are not yet declared as alternating roles need it. */
function mustDeclare({ names, cluster }: AdoptionFacts): boolean {
  return cluster !== undefined && !sameSpec(alternatingSpec(cluster.spec, names), cluster.spec);
}

/** In an adoption the owner takes part in a turn as if the owner were a login role. */
export function turnOfAdoption(
  direction: Direction,
  { owner, ownerSecret, logins }: AdoptionNames,
  activeRole: string,
): Turn | undefined {
  const asLogin = { role: owner, secret: ownerSecret };
  if (direction === 'adopt') return activeRole === owner ? { active: asLogin, idle: logins[0] } : undefined;
  const active = logins.find(({ role }) => role === activeRole);
  return active === undefined ? undefined : { active, idle: asLogin };
}

type Described = Pick<AdoptionFacts, 'direction' | 'names'> & {
  readonly workloads: readonly string[];
  readonly inGit: boolean;
  /** The interrupted rotation or adoption that is finished first. */
  readonly interrupted?: string | undefined;
  readonly hook?: HookRef | undefined;
};

/** The plan for a person, one line a part. */
export function describePlan(plan: AdoptionPlan, facts: Described): readonly string[] {
  const { interrupted, hook } = facts;
  const parts = describeParts(plan, facts);
  if (interrupted === undefined && plan.done) return parts;
  return [
    ...(hook === undefined ? [] : [`Ask the ${hook.label}, for at most ${hook.seconds} s.`]),
    ...(interrupted === undefined
      ? []
      : [`Finish what rotation ${interrupted} began, whose workflow was interrupted, and release its lock.`]),
    ...parts,
  ];
}

function describeParts({ turn, roles, done }: AdoptionPlan, facts: Described): readonly string[] {
  const { direction, names, workloads, inGit } = facts;
  if (done) return [direction === 'adopt' ? 'Nothing: it has alternating roles.' : 'Nothing: it is in place.'];
  const { owner, ownerSecret, logins } = names;
  const both = logins.map(({ role }) => `"${role}"`).join(' and ');
  const restart = workloads.length === 0 ? 'restart nothing' : `restart ${workloads.join(', ')}`;
  const move = turn && [
    `Give role "${turn.idle.role}" a password, and prove a login with it while "${turn.active.role}" goes on.`,
    `Put "${turn.idle.role}" and its password into the application's Secrets${inGit ? ' by a commit' : ''}, ${restart}, and wait until "${turn.active.role}" has no session.`,
    `Lock "${turn.active.role}" out: a password that nobody knows, proven to be refused.`,
  ];
  if (direction === 'undo') {
    return [
      ...(move ?? []),
      ...(roles
        ? [`Make CNPG drop ${both} and read the owner's password where it did before; remove the Secrets.`]
        : []),
    ];
  }
  const secrets = [ownerSecret, ...logins.map(({ secret }) => secret)].join(', ');
  return [
    ...(roles
      ? [
          `Make the Secrets ${secrets}: verifiers, for CNPG alone.`,
          `Make CNPG read the password of "${owner}" from ${ownerSecret}, the same password as now, and make the roles ${both}, members of "${owner}".`,
          `ALTER ROLE … SET role = ${literal(owner)} for both, so that what they create belongs to "${owner}".`,
        ]
      : []),
    ...(move ?? []),
  ];
}
