/**
 * One application's credential as the catalogue names it: a managed role of a CNPG Cluster and
 * the Secret that holds its password. Every name is explicit by the time it gets here.
 */
export interface Component {
  readonly name: string;
  readonly namespace: string;
  /** Name of the CNPG Cluster. */
  readonly cluster: string;
  /** The managed role whose password changes. */
  readonly role: string;
  /** The database that a login is proven on. */
  readonly database: string;
  /** The Secret that `managed.roles[].passwordSecret` names. */
  readonly secret: string;
  /** Other Secrets of the namespace that hold the password, besides those that are found by themselves. */
  readonly otherSecrets: readonly string[];
}

/** A workload whose pods read the Secret. */
export interface WorkloadRef {
  readonly kind: WorkloadKind;
  readonly name: string;
}

/** A workload, with those of the rotation's Secrets that its pods read. */
export interface SecretReader extends WorkloadRef {
  readonly secrets: readonly string[];
}

export const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

/** The Service through which CNPG always serves the primary. */
export function readWriteService({ cluster }: Pick<Component, 'cluster'>): string {
  return `${cluster}-rw`;
}

/** The staging Secret: a rotation's write-ahead log and lock, beside the live Secret. */
export function stagingSecretName(component: Component): string {
  return `${component.secret}-rotation`;
}

/** `Secret ai-system/litellm-db-secret`: how messages name an object. */
export function objectName(kind: string, namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`;
}

export function workloadName(component: Component, workload: WorkloadRef): string {
  return objectName(workload.kind, component.namespace, workload.name);
}
