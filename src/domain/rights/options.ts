import type { ConsumerRef } from '../component.ts';
import type { ObjectRef } from '../source.ts';

/** What the worker's account may do besides the rights that every rotation of the catalogue needs. */
export interface RightsOptions {
  /** The emergency `ALTER USER`, and looks as the superuser: `pods/exec`. Default: no. */
  readonly exec: boolean;
  /** Logins through the API server, for a worker outside of the cluster: `pods/portforward`. Default: no. */
  readonly portForward: boolean;
  /** Old pods that no controller replaces: `delete` of pods. Default: where the catalogue has `restartPods`. */
  readonly deletePods: boolean;
  /** Adoptions and their undoing, in a Role of its own. Default: no. */
  readonly adoption: boolean;
  /** The login roles of every component. Default: of those with the strategy `alternating`. */
  readonly alternating: boolean;
  /** Flux's objects of the components with the source `gitops`. Default: yes. */
  readonly gitops: boolean;
  /** DatabaseRoles with the default names: `<component>-role`, and the login roles' Secrets. Default: no. */
  readonly databaseRoles: boolean;
  /** Clients in namespaces that the catalogue does not name: `list` of pods and ReplicaSets. Default: yes. */
  readonly clientsElsewhere: boolean;
  /** Names that no catalogue has. */
  readonly more: MoreNames;
}

export interface MoreNames {
  /** DatabaseRoles that declare a role of the catalogue and have a name of their own. */
  readonly databaseRoles: readonly ObjectRef[];
  /** Secrets that are only read: a Cluster's own certificate authority, a Pooler's `clientTLSSecret`. */
  readonly secrets: readonly ObjectRef[];
  /** ConfigMaps from which a Kustomization of Flux substitutes. */
  readonly configMaps: readonly ObjectRef[];
  /** The workloads that may be restarted. Default: all of a namespace for which none is named. */
  readonly workloads: readonly ConsumerRef[];
}

export const DEFAULT_RIGHTS: RightsOptions = Object.freeze({
  exec: false,
  portForward: false,
  deletePods: false,
  adoption: false,
  alternating: false,
  gitops: true,
  databaseRoles: false,
  clientsElsewhere: true,
  more: { databaseRoles: [], secrets: [], configMaps: [], workloads: [] },
});
