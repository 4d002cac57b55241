import { generatorOf, lookedAtFor, type ClusterState } from '../../domain/cluster.ts';
import { managedLogins, namedSecrets, type Component } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import {
  deletesPods,
  describeRights,
  neededRights,
  type GitOpsFacts,
  type PreflightFacts,
  type Right,
} from '../../domain/preflight/index.ts';
import { grant } from '../../domain/preflight/rehearsal-rules.ts';
import type { ObjectRef } from '../../domain/source.ts';
import type { Dependencies } from '../dependencies.ts';
import { orUnknown } from './look-up.ts';

/** The facts that decide which objects a rotation reads and writes. */
export interface Rehearsed {
  readonly component: Component;
  readonly cluster: ClusterState | undefined;
  readonly secrets: readonly string[];
  readonly copies?: readonly string[];
  readonly workloads: readonly PreflightFacts['workloads' | 'podOwners'][number][];
  readonly oldPodsLogIn: boolean;
  readonly gitops: GitOpsFacts | undefined;
}

/**
 * A read may be refused before the rights were asked for. The error then names every missing right, not only the right
 * that the read missed.
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
    const secrets = [component.secret, ...namedSecrets(component).map(({ name }) => name)];
    const known = { component, cluster: undefined, secrets, workloads: [], oldPodsLogIn: false, gitops: undefined };
    const missing = await orUnknown(deps.rights.missing([...rightsOf(deps, known), ...more]));
    const needed = missing === 'unknown' ? [] : missing.filter(({ without }) => without === undefined);
    if (needed.length === 0) throw error;
    throw new RotationError(
      'RightsMissing',
      `The worker's account lacks rights that a rotation uses: ${describeRights(needed).join('; ')}. ${grant(component.name, needed)}`,
    );
  }
}

/** The rights that a rotation uses. */
export function rightsOf(deps: Dependencies, question: Rehearsed): readonly Right[] {
  const { component, cluster, secrets, copies, workloads, oldPodsLogIn, gitops } = question;
  const { flux } = component.gitops ?? {};
  return neededRights({
    component,
    secrets,
    copies,
    databaseRoles: databaseRolesOf(component, cluster),
    ...(cluster !== undefined && { generatedBy: generatorOf(cluster, component.role) }),
    workloads: workloads.map((one) => ({ ...one, deletesPods: deletesPods(oldPodsLogIn, one) })),
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

function databaseRolesOf(component: Component, cluster: ClusterState | undefined): readonly string[] {
  const roles = managedLogins(component).map(({ role }) => role);
  return lookedAtFor(cluster, roles).databaseRoles;
}

/** The Flux objects that were found. Where Flux was not read, the objects that the catalogue names. */
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
