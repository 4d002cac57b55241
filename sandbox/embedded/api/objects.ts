import type {
  CoreV1Event,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1ConfigMap,
  V1CronJob,
  V1DaemonSet,
  V1Deployment,
  V1Job,
  V1Namespace,
  V1Pod,
  V1ReplicaSet,
  V1ReplicationController,
  V1Role,
  V1RoleBinding,
  V1Secret,
  V1Service,
  V1ServiceAccount,
  V1StatefulSet,
} from '@kubernetes/client-node';

/** A type of the client as it stands in JSON: its dates are texts. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T;

export interface ManagedFields {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time: string;
  fieldsType: 'FieldsV1';
  fieldsV1: Record<string, unknown>;
  subresource?: string;
}

export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  /** RFC 3339, to the second, as are all times of the API but those of type MicroTime. */
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: {
    apiVersion: string;
    kind: string;
    name: string;
    uid: string;
    controller?: boolean;
    blockOwnerDeletion?: boolean;
  }[];
  finalizers?: string[];
  managedFields?: ManagedFields[];
}

/** Any object of the API, as it stands in JSON. */
export interface KubernetesObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
}

/** An object of a CustomResourceDefinition. */
export interface CustomObject extends KubernetesObject {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

type Typed<T> = Omit<Wire<T>, 'apiVersion' | 'kind' | 'metadata'> & KubernetesObject;

/** The resources that there are, by their plural, and what their objects look like. */
export interface Kinds {
  namespaces: Typed<V1Namespace>;
  secrets: Typed<V1Secret>;
  configmaps: Typed<V1ConfigMap>;
  services: Typed<V1Service>;
  serviceaccounts: Typed<V1ServiceAccount>;
  pods: Typed<V1Pod>;
  events: Typed<CoreV1Event>;
  deployments: Typed<V1Deployment>;
  statefulsets: Typed<V1StatefulSet>;
  daemonsets: Typed<V1DaemonSet>;
  replicasets: Typed<V1ReplicaSet>;
  replicationcontrollers: Typed<V1ReplicationController>;
  jobs: Typed<V1Job>;
  cronjobs: Typed<V1CronJob>;
  rollouts: CustomObject;
  clusters: CustomObject;
  backups: CustomObject;
  databaseroles: CustomObject;
  gitrepositories: CustomObject;
  kustomizations: CustomObject;
  roles: Typed<V1Role>;
  rolebindings: Typed<V1RoleBinding>;
  clusterroles: Typed<V1ClusterRole>;
  clusterrolebindings: Typed<V1ClusterRoleBinding>;
}

export type ResourceName = keyof Kinds;
