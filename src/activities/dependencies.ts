import type { ClusterState } from '../domain/cluster.ts';
import type { Component } from '../domain/component.ts';
import type { Hook, HookAnswer, HookQuestion } from '../domain/hook.ts';
import type { HookLimits } from '../hooks/limits.ts';
import type { Changes, Watched } from '../kubernetes/changes.ts';
import type { GitOpsSource } from '../domain/source.ts';
import type { Workspace } from '../gitops/workspace.ts';
import type { Clusters } from '../kubernetes/clusters.ts';
import type { ConfigMaps } from '../kubernetes/config-maps.ts';
import type { ConsumerObjects } from '../kubernetes/consumer-objects.ts';
import type { DatabaseRoles } from '../kubernetes/database-roles.ts';
import type { Events } from '../kubernetes/events.ts';
import type { ExecResult } from '../kubernetes/exec.ts';
import type { Flux } from '../kubernetes/flux.ts';
import type { PasswordRequests } from '../kubernetes/password-requests.ts';
import type { Pods } from '../kubernetes/pods.ts';
import type { PoolerPod, Poolers } from '../kubernetes/poolers.ts';
import type { Rights } from '../kubernetes/rights.ts';
import type { RoleSpecs } from '../kubernetes/role-specs.ts';
import type { Secrets } from '../kubernetes/secrets.ts';
import type { Surroundings } from '../kubernetes/surroundings.ts';
import type { Workloads } from '../kubernetes/workloads.ts';
import type { KubernetesIdentity } from '../domain/kubernetes-identity.ts';
import type { Credential } from '../domain/password.ts';
import type { PoolerInUse } from '../domain/poolers/pooler.ts';
import type { ActingRole } from '../domain/preflight/index.ts';
import type { HeldByLogins } from '../domain/ownership.ts';
import type { GivenBack } from '../postgres/give-back.ts';
import type { LoginOutcome } from '../postgres/login.ts';
import type { Sessions, SessionQuery } from '../postgres/sessions.ts';
import type { OwnerState } from './staging/owner.ts';
import type { Owner } from './types/index.ts';

/** The methods of a class, without its private part, so that a test can replace the class. */
type Face<T> = Pick<T, keyof T>;

/** The Cluster and its Secrets where they were read already, so that a login does not read them again. */
export interface SeenCluster {
  readonly cluster: ClusterState | undefined;
  readonly secrets: Pick<Secrets, 'find'>;
}

/** One pod of a Pooler. */
export interface PoolerDoor extends Pick<PoolerInUse, 'name' | 'ownCertificate'> {
  readonly pod: PoolerPod;
}

/** The hooks of the worker's own catalogue. */
export interface Hooks {
  readonly find: (component: string) => Hook | undefined;
  /** Asks once. @throws the signal's reason when it was aborted. */
  readonly ask: (hook: Hook, question: HookQuestion, limits: HookLimits) => Promise<HookAnswer>;
}

/** What the activities act through. */
export interface Dependencies {
  /** @throws RotationError `ComponentUnknown`. */
  readonly findComponent: (name: string) => Component;
  readonly hooks: Hooks;
  readonly secrets: Face<Secrets>;
  readonly clusters: Face<Clusters>;
  readonly databaseRoles: Face<DatabaseRoles>;
  readonly roleSpecs: Face<RoleSpecs>;
  readonly passwordRequests: Face<PasswordRequests>;
  readonly poolers: Face<Poolers>;
  readonly workloads: Face<Workloads>;
  readonly pods: Face<Pods>;
  readonly consumerObjects: Face<ConsumerObjects>;
  readonly configMaps: Face<ConfigMaps>;
  readonly events: Face<Events>;
  readonly surroundings: Face<Surroundings>;
  readonly flux: Face<Flux>;
  readonly rights: Face<Rights>;
  /** Which cluster this worker is connected to; read once. */
  readonly kubernetes: () => Promise<KubernetesIdentity>;
  /** How far the API server's clock is ahead of the worker's, in milliseconds; undefined where it is not known yet. */
  readonly kubernetesAheadMs: () => number | undefined;
  /** The worker runs outside of the cluster, and reaches PostgreSQL by a port-forward. */
  readonly portForwards: boolean;
  /** Clones the component's repository. The caller must close the clone. */
  readonly openWorkspace: (source: GitOpsSource, signal: AbortSignal) => Promise<Workspace>;
  readonly watch: (watched: readonly Watched[]) => Face<Changes>;
  /** A fresh login through the Cluster's read-write Service. */
  readonly login: (component: Component, credential: Credential, seen?: SeenCluster) => Promise<LoginOutcome>;
  /** The same through one pod of a Pooler. */
  readonly loginThrough: (
    component: Component,
    door: PoolerDoor,
    credential: Credential,
    seen?: SeenCluster,
  ) => Promise<LoginOutcome>;
  /** A role's sessions, as far as the credential's role may see and end them; undefined when the credential is refused. */
  readonly sessions: (
    component: Component,
    credential: Credential,
    query: SessionQuery,
    seen?: SeenCluster,
  ) => Promise<Sessions | undefined>;
  /** From where the credential's role is logged in, by many looks; undefined when the credential is refused. */
  readonly sampleClients: (
    component: Component,
    credential: Credential,
    wanted: readonly string[],
  ) => Promise<readonly string[] | undefined>;
  /** Which of the roles exist, and which role each acts as; undefined when the credential is refused. */
  readonly actingRoles: (
    component: Component,
    credential: Credential,
    roles: readonly string[],
    seen?: SeenCluster,
  ) => Promise<readonly ActingRole[] | undefined>;
  /** What the login roles hold, as far as the credential's role may see it; undefined when the credential is refused. */
  readonly heldByLogins: (
    component: Component,
    credential: Credential,
    seen?: SeenCluster,
  ) => Promise<HeldByLogins | undefined>;
  /** Gives what the credential's role owns to the owner; undefined when the credential is refused. */
  readonly giveBack: (component: Component, credential: Credential) => Promise<GivenBack | undefined>;
  /** The addresses from which PostgreSQL sees our own logins. */
  readonly ownAddresses: () => ReadonlySet<string>;
  /** Runs SQL from `stdin` as the superuser in an instance's pod. Default limit: that of a call to the API. */
  readonly psql: (component: Component, pod: string, stdin: string, limitMs?: number) => Promise<ExecResult>;
  /** Names the Temporal cluster and namespace in which this activity's workflow runs. */
  readonly temporalIdentity: () => Promise<string>;
  /** The state of a workflow of this Temporal namespace. A workflow that the namespace does not know has ended. */
  readonly stateOf: (owner: Owner) => Promise<OwnerState>;
  readonly now: () => Date;
}
