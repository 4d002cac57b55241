import type { ClusterState } from '../../domain/cluster.ts';
import type { Component } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import type { Credential } from '../../domain/password.ts';
import {
  describeRights,
  neededRights,
  type GitOpsFacts,
  type OrUnknown,
  type PreflightFacts,
  type RehearsalFacts,
  type Right,
} from '../../domain/preflight/index.ts';
import { grant } from '../../domain/preflight/rehearsal-rules.ts';
import type { ObjectRef } from '../../domain/source.ts';
import { managedLogins } from '../../domain/rotation/turn.ts';
import type { Dependencies } from '../dependencies.ts';
import { orCause } from './look-up.ts';
import { generatePassword } from '../staging/generate-password.ts';

/** What PostgreSQL says to the credential that the Secret holds now, and to one that nobody has. */
export type TriedLogins = Pick<PreflightFacts, 'login' | 'roleAttributes'> &
  Pick<RehearsalFacts, 'loginFailure' | 'rolesThatNeedNoPassword' | 'wrongPasswordFailure'> & {
    readonly postgresAheadMs?: number;
  };

/**
 * Logs in with the current credential, and where PostgreSQL accepts it, with passwords that it has to refuse. These stand
 * in PostgreSQL's log as refused logins of the role; they come from an address of our own and before a Secret is
 * changed, so no rotation counts them.
 */
export async function tryLogins(
  deps: Dependencies,
  component: Component,
  credential: Credential | undefined,
): Promise<TriedLogins> {
  if (credential === undefined) return { login: 'unknown', rolesThatNeedNoPassword: [] };
  const outcome = await orCause(deps.login(component, credential));
  if ('type' in outcome) return { login: 'unknown', loginFailure: outcome, rolesThatNeedNoPassword: [] };
  if (!outcome.accepted) return { login: 'refused', rolesThatNeedNoPassword: [] };
  const postgresAheadMs = Date.parse(outcome.serverTime) - deps.now().getTime();
  return {
    login: 'accepted',
    roleAttributes: outcome.attributes,
    ...(await tryWrongPasswords(deps, component)),
    postgresAheadMs,
  };
}

async function tryWrongPasswords(
  deps: Dependencies,
  component: Component,
): Promise<Pick<RehearsalFacts, 'rolesThatNeedNoPassword' | 'wrongPasswordFailure'>> {
  const tried = await Promise.all(
    managedLogins(component).map(async ({ role }) => ({
      role,
      outcome: await orCause(deps.login(component, { username: role, password: generatePassword() })),
    })),
  );
  const failures = tried.flatMap(({ outcome }) => ('type' in outcome ? [outcome] : []));
  // Whoever is told that there is no such database was let in before.
  const letIn = tried.filter(({ outcome }) =>
    'type' in outcome ? outcome.type === 'DatabaseAbsent' : outcome.accepted,
  );
  const [failure] = failures.filter(({ type }) => type !== 'DatabaseAbsent');
  return {
    rolesThatNeedNoPassword: letIn.map(({ role }) => role),
    ...(failure && { wrongPasswordFailure: failure }),
  };
}

/** The rest of what is tried beforehand, which needs to know what the rotation will change. */
export async function rehearse(
  deps: Dependencies,
  question: {
    readonly component: Component;
    readonly cluster: ClusterState | undefined;
    readonly secrets: readonly string[];
    readonly workloads: PreflightFacts['workloads'];
    readonly gitops: GitOpsFacts | undefined;
  },
  { loginFailure, rolesThatNeedNoPassword, wrongPasswordFailure, postgresAheadMs }: TriedLogins,
): Promise<RehearsalFacts> {
  const [kubernetes, missingRights] = await Promise.all([
    orCause(deps.kubernetes()),
    findMissing(deps, rightsOf(deps, question)),
  ]);
  const ahead = deps.kubernetesAheadMs();
  return {
    kubernetes,
    missingRights,
    rolesThatNeedNoPassword,
    loginFailure,
    wrongPasswordFailure,
    clocks: {
      kubernetes: ahead,
      postgres: postgresAheadMs,
    },
  };
}

/** Those of the rights that the account lacks; `unknown` where the API server does not say. */
export async function findMissing(deps: Dependencies, rights: readonly Right[]): Promise<OrUnknown<readonly Right[]>> {
  const missing = await orCause(deps.rights.missing(rights));
  return 'type' in missing ? 'unknown' : missing;
}

/**
 * What is looked at before the rights could be asked for may be refused itself: then every right that is missing is told,
 * not the first one that was run into.
 */
export async function tellMissingRights<T>(
  deps: Dependencies,
  component: Component,
  look: Promise<T>,
  more: readonly Right[] = [],
): Promise<T> {
  try {
    return await look;
  } catch (error) {
    if (!(error instanceof RotationError) || error.type !== 'KubernetesForbidden') throw error;
    const known = { component, cluster: undefined, secrets: namedSecrets(component), workloads: [], gitops: undefined };
    const missing = await findMissing(deps, [...rightsOf(deps, known), ...more]);
    const needed = missing === 'unknown' ? [] : missing.filter(({ without }) => without === undefined);
    if (needed.length === 0) throw error;
    throw new RotationError(
      'RightsMissing',
      `The worker's account lacks rights that a rotation uses: ${describeRights(needed).join('; ')}. ${grant(component.name, needed)}`,
    );
  }
}

function namedSecrets({ secret, otherSecrets }: Component): readonly string[] {
  return [secret, ...otherSecrets.map(({ name }) => name)];
}

function rightsOf(deps: Dependencies, question: Parameters<typeof rehearse>[1]): readonly Right[] {
  const { component, cluster, secrets, workloads, gitops } = question;
  const { flux } = component.gitops ?? {};
  return neededRights({
    component,
    secrets,
    workloads,
    serverCaSecret: cluster?.serverCaSecret ?? `${component.cluster}-ca`,
    portForwards: deps.portForwards,
    ...(component.gitops && {
      gitops: {
        roleSecrets: gitops?.roleSecrets ?? [],
        kustomizations: refsOf(gitops, 'Kustomization', flux?.kustomization),
        gitRepositories: refsOf(gitops, 'GitRepository', flux?.gitRepository),
      },
    }),
  });
}

/** As they were found, else as the catalogue names them. */
function refsOf(
  gitops: GitOpsFacts | undefined,
  kind: GitOpsFacts['flux'][number]['kind'],
  named: ObjectRef | undefined,
): readonly ObjectRef[] {
  if (gitops === undefined) return named === undefined ? [] : [named];
  return gitops.flux
    .filter((one) => one.kind === kind)
    .map(({ name }) => {
      const [namespace = '', ...rest] = name.split('/');
      return { namespace, name: rest.join('/') };
    });
}
