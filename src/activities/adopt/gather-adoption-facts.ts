import {
  adoptionNames,
  passwordSecretOf,
  roleSecrets,
  turnOfAdoption,
  type AdoptionFacts,
  type AdoptionNames,
  type Direction,
  type RoleSecretState,
} from '../../domain/adopt/index.ts';
import type { Component } from '../../domain/component.ts';
import {
  adoptionRights,
  judgePreflight,
  namelessAmong,
  type PreflightFacts,
  type Right,
} from '../../domain/preflight/index.ts';
import { type Finding } from '../../domain/finding.ts';
import { asText } from '../../domain/secrets/secret-data.ts';
import type { DeclaredRoles } from '../../kubernetes/role-specs.ts';
import { fluxKustomization } from '../../kubernetes/flux-labels.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import { parseRoleFacts, roleFactsScript } from '../../postgres/role-facts.ts';
import type { Dependencies } from '../dependencies.ts';
import { gatherFacts } from '../gather/gather-facts.ts';
import { lockState } from '../staging/lock.ts';
import { orCause, orUnknown } from '../gather/look-up.ts';
import { findMissing } from '../gather/rehearse.ts';
import { findStaging } from '../staging/staging.ts';
import { runOnPrimary } from './await-roles.ts';
import { isOurs, recordIn } from './role-secrets.ts';

export interface Gathered {
  readonly facts: AdoptionFacts;
  readonly preflight: PreflightFacts;
  readonly declared: DeclaredRoles | undefined;
}

/** What preflight says of an adopted owner, which it takes for the application's role. */
const OF_AN_ADOPTED_OWNER: ReadonlySet<string> = new Set(['role-is-managed', 'secrets-agree-on-the-role']);

/** Reads all that an adoption, or its undoing, is judged by; changes nothing. */
export async function gatherAdoptionFacts(
  deps: Dependencies,
  component: Component,
  { direction, ownerSecret }: { readonly direction: Direction; readonly ownerSecret?: string | undefined },
): Promise<Gathered> {
  const names = adoptionNames(component, ownerSecret);
  const { namespace, cluster } = component;
  const activeRole = await readActiveRole(deps, component);
  const withLogins = names.logins.some(({ role }) => role === activeRole);
  const [declared, ownersSecret, preflight, states] = await Promise.all([
    deps.roleSpecs.find(namespace, cluster, names.owner),
    deps.secrets.find(namespace, names.ownerSecret).catch(() => undefined),
    gatherFacts(
      deps,
      { ...component, strategy: withLogins ? 'alternating' : 'in-place' },
      turnOfAdoption(direction, names, activeRole)?.idle.role ?? activeRole,
    ),
    readRoleSecrets(deps, component, names),
  ]);
  const [missingRights, lockedBy, poolers, database] = await Promise.all([
    findMissing(deps, rightsOfAdoption(component, names)),
    readLock(deps, component),
    orUnknown(deps.poolers.ofCluster(namespace, cluster)),
    readDatabase(deps, component, names),
  ]);
  const record = recordIn(ownersSecret);
  const facts: AdoptionFacts = {
    direction,
    component,
    names,
    preflight: judgePreflight(preflight).filter((finding) => !isOfAnAdoptedOwner(finding, names, declared)),
    cluster: declared?.facts,
    roleSecrets: states,
    secretsWithoutUser: namelessAmong(preflight.companions),
    record,
    activeRole,
    lockedBy,
    operatorAnswers: preflight.surroundings.operatorAnswers,
    poolers,
    missingRights,
    database,
  };
  return { facts, preflight, declared };
}

/** What `gatherAdoptionFacts` finds missing, and what it may itself be refused without. */
export function rightsOfAdoption(component: Component, names: AdoptionNames): readonly Right[] {
  return adoptionRights(
    component,
    roleSecrets(names).map(({ secret }) => secret),
  );
}

/** Between the Cluster's change and the application's move the owner has another Secret than the application. */
function isOfAnAdoptedOwner(
  { rule }: Finding,
  { owner, ownerSecret }: AdoptionNames,
  declared: DeclaredRoles | undefined,
): boolean {
  const entry = declared?.facts.spec.roles.find(({ name }) => name === owner);
  return OF_AN_ADOPTED_OWNER.has(rule) && passwordSecretOf(entry) === ownerSecret;
}

async function readActiveRole(deps: Dependencies, { namespace, secret }: Component): Promise<string> {
  const live = await deps.secrets.find(namespace, secret);
  return asText(live?.data['username'] ?? new Uint8Array())?.trim() ?? '';
}

/** One whose workflow runs no more is taken over, unless it asked for attention. */
async function readLock(deps: Dependencies, component: Component): Promise<string | undefined> {
  const staging = await findStaging(deps, component);
  if (staging === undefined) return undefined;
  return (await lockState(deps, staging)) === 'ended' ? undefined : staging.owner.workflowId;
}

async function readRoleSecrets(
  deps: Dependencies,
  component: Component,
  names: AdoptionNames,
): Promise<Readonly<Record<string, RoleSecretState>>> {
  const states = await Promise.all(
    roleSecrets(names).map(async ({ secret }): Promise<readonly [string, RoleSecretState]> => {
      const live = await orUnknown(deps.secrets.find(component.namespace, secret));
      if (live === 'unknown') return [secret, live];
      return [secret, judgeSecret(live, component)];
    }),
  );
  return Object.fromEntries(states);
}

function judgeSecret(live: LiveSecret | undefined, component: Component): RoleSecretState {
  if (live === undefined) return 'absent';
  if (fluxKustomization(live) !== undefined) return 'applied by Flux';
  return isOurs(live, component) ? 'ours' : 'foreign';
}

async function readDatabase(
  deps: Dependencies,
  component: Component,
  { owner, logins }: AdoptionNames,
): Promise<AdoptionFacts['database']> {
  const others = logins.map(({ role }) => role);
  const script = roleFactsScript(owner, others, component.database);
  const look = runOnPrimary(deps, component, script, 'read what the roles own').then(parseRoleFacts);
  const read = await orCause(look);
  return 'message' in read ? { unread: read.message } : read;
}
