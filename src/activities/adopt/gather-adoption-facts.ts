import {
  adoptionNames,
  alternatingSpec,
  entryOf,
  passwordSecretOf,
  roleSecrets,
  turnOfAdoption,
  usesDatabaseRoles,
  type AdoptionFacts,
  type AdoptionNames,
  type Direction,
  type RoleSecretState,
  type RoleSpec,
} from '../../domain/adopt/index.ts';
import { namespacesOf, type Component } from '../../domain/component.ts';
import {
  adoptionRights,
  judgePreflight,
  namelessAmong,
  type PreflightFacts,
  type Right,
} from '../../domain/preflight/index.ts';
import type { RuleName } from '../../domain/failures.ts';
import { type Finding } from '../../domain/finding.ts';
import type { DeclaredRoles } from '../../kubernetes/role-specs.ts';
import { fluxKustomization } from '../../kubernetes/flux-labels.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import { mappingsScript, parseMappings, parseRoleFacts, roleFactsScript } from '../../postgres/role-facts.ts';
import type { Dependencies } from '../dependencies.ts';
import type { AdoptionInput } from '../types/index.ts';
import { readApiObjects, type ApiObjects } from '../gather/api-objects.ts';
import { currentLogin } from '../gather/current-login.ts';
import { orCause, orUnknown } from '../gather/look-up.ts';
import type { SeenSecrets } from '../gather/seen-secrets.ts';
import { readSituation, type Situation } from '../gather/situation.ts';
import { findStaging, lockState } from '../staging/staging.ts';
import { runOnPrimary } from '../proof/run-on-primary.ts';
import { ownerSecretName, readNote } from './note-of-before.ts';
import { isOurs } from './role-secrets.ts';

export interface Gathered {
  readonly facts: AdoptionFacts;
  readonly situation: Situation;
  readonly declared: DeclaredRoles | undefined;
  /** The rotation that holds the lock and whose workflow has ended. */
  readonly interrupted?: string;
}

/** Rules of preflight that do not fit an adopted owner: preflight takes the owner for the application's role. */
const OF_AN_ADOPTED_OWNER: ReadonlySet<string> = new Set(['role-is-managed', 'secrets-agree-on-the-role']);

/** An undoing gives the login roles' objects to the owner itself, on every version of PostgreSQL, and drops the roles. */
const MENDED_BY_AN_UNDOING: ReadonlySet<string> = new Set([
  'login-roles-are-alike',
  'login-roles-are-looked-at',
  'login-roles-own-nothing',
  'sessions-keep-the-owner',
]);

/** What an adoption mends that finds the Cluster as before: it declares the roles again. */
const MENDED_BY_DECLARING: ReadonlySet<RuleName> = new Set([
  'cluster-keeps-the-adoption',
  'role-is-managed',
  'secrets-agree-on-the-role',
  'other-roles-stop-nothing',
  'other-roles-are-fine',
]);

/** Reads everything by which an adoption, or its undoing, is judged; changes nothing. */
export async function gatherAdoptionFacts(
  deps: Dependencies,
  component: Component,
  { direction, ownerSecret, rotation }: Pick<AdoptionInput, 'direction' | 'ownerSecret' | 'rotation'>,
): Promise<Gathered> {
  const objects = await readApiObjects(deps, component);
  const { secrets, poolers } = objects;
  const declared = objects.declaredRoles(component.alternating.owner);
  const chosen = await ownerSecretName(secrets, component, ownerSecret, declared?.facts.spec);
  const names = adoptionNames(component, chosen);
  const activeRole = objects.main === undefined ? '' : currentLogin(objects.main, component).username;
  const withLogins = names.logins.some(({ role }) => role === activeRole);
  // All at the same time: the primary and the lock are read now, not before the logins and Git.
  const [situation, note, states, missingRights, lock, database] = await Promise.all([
    readSituation(
      deps,
      { ...component, strategy: withLogins ? 'alternating' : 'in-place' },
      { objects, nextRole: turnOfAdoption(direction, names, activeRole)?.idle.role ?? activeRole },
    ),
    orUnknown(readNote({ secrets }, component, names.ownerSecret)),
    judgeRoleSecrets(component, secrets, names),
    orUnknown(deps.rights.missing(rightsOfAdoption(component, direction, names, declared?.facts.spec))),
    readLock(deps, component, secrets, rotation),
    readDatabase(deps, component, objects, names),
  ]);
  const record = note === 'unknown' ? undefined : note?.record;
  const facts: AdoptionFacts = {
    direction,
    component,
    names,
    preflight: judgeWithin(situation.facts, direction).filter(
      (finding) =>
        !isOfAnAdoptedOwner(finding, names, declared) &&
        !(direction === 'undo' && MENDED_BY_AN_UNDOING.has(finding.rule)),
    ),
    cluster: declared?.facts,
    roleSecrets: states,
    secretsWithoutUser: namelessAmong(situation.facts.companions),
    record,
    activeRole,
    actsAs: situation.facts.actsAs,
    ...(lock.lockedBy !== undefined && { lockedBy: lock.lockedBy }),
    operatorAnswers: situation.facts.surroundings.operatorAnswers,
    poolers,
    missingRights,
    database,
  };
  const { interrupted } = lock;
  return { facts, situation, declared, ...(interrupted !== undefined && { interrupted }) };
}

/** An adoption goes on from a Cluster that somebody has put back. An undoing does not: nothing declares its roles. */
function judgeWithin(facts: PreflightFacts, direction: Direction): readonly Finding[] {
  const findings = judgePreflight(facts);
  const isPutBack = findings.some(({ rule }) => rule === 'cluster-keeps-the-adoption');
  return isPutBack && direction === 'adopt' ? judgePreflight(facts, MENDED_BY_DECLARING) : findings;
}

/** The rights of an adoption. Without them `gatherAdoptionFacts` reports a finding, or is refused itself. */
export function rightsOfAdoption(
  component: Component,
  direction: Direction,
  names: AdoptionNames,
  spec?: RoleSpec,
): readonly Right[] {
  const { databaseRoles = [] } =
    spec !== undefined && usesDatabaseRoles(spec, names) ? alternatingSpec(spec, names) : {};
  const objectOf = (role: string) =>
    databaseRoles.flatMap(({ object, spec: { name } }) => (name === role ? object : []));
  return adoptionRights(component, {
    usersIn: direction === 'adopt' ? namespacesOf(component) : [],
    roleSecrets: roleSecrets(names).map(({ secret }) => secret),
    ownerObjects: objectOf(names.owner),
    loginObjects: names.logins.flatMap(({ role }) => objectOf(role)),
  });
}

/** After the Cluster's change, and until the application moves, owner and application have different Secrets. */
function isOfAnAdoptedOwner(
  { rule }: Finding,
  { owner, ownerSecret }: AdoptionNames,
  declared: DeclaredRoles | undefined,
): boolean {
  const spec = declared?.facts.spec;
  const secret = passwordSecretOf(spec && entryOf(spec, owner)) ?? spec?.bootstrap?.secret;
  return OF_AN_ADOPTED_OWNER.has(rule) && secret === ownerSecret;
}

/** A lock whose workflow no longer runs is taken over, unless the workflow asked for attention. */
async function readLock(
  deps: Dependencies,
  component: Component,
  secrets: SeenSecrets,
  own: string | undefined,
): Promise<{ readonly lockedBy?: string; readonly interrupted?: string }> {
  const staging = await findStaging({ secrets }, component);
  if (staging === undefined || staging.rotationId === own) return {};
  return (await lockState(deps, staging)) === 'ended'
    ? { interrupted: staging.recordOf?.rotation ?? staging.rotationId }
    : { lockedBy: staging.owner.workflowId };
}

async function judgeRoleSecrets(
  component: Component,
  secrets: SeenSecrets,
  names: AdoptionNames,
): Promise<Readonly<Record<string, RoleSecretState>>> {
  const states = await Promise.all(
    roleSecrets(names).map(async ({ secret }): Promise<readonly [string, RoleSecretState]> => {
      const live = await orUnknown(secrets.find(component.namespace, secret));
      return [secret, live === 'unknown' ? live : judgeSecret(live, component)];
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
  objects: ApiObjects,
  { owner, logins }: AdoptionNames,
): Promise<AdoptionFacts['database']> {
  const others = logins.map(({ role }) => role);
  const ask = (script: string) => runOnPrimary(deps, component, script, 'read what the roles own', objects);
  const look = async () => {
    const facts = parseRoleFacts(await ask(roleFactsScript(owner, others, component.database)));
    const { otherDatabases } = facts;
    if (otherDatabases.length === 0) return facts;
    return { ...facts, mappingsElsewhere: parseMappings(await ask(mappingsScript(owner, otherDatabases))) };
  };
  const read = await orCause(look());
  return 'message' in read ? { unread: read } : read;
}
