/** The Kubernetes cluster of a rotation; not secret. */
export interface KubernetesIdentity {
  /** The uid of the namespace kube-system. The uid stays the same as long as the cluster exists. */
  readonly uid: string;
  /** This worker's address of the API server, for people. Another worker may use another address of the same server. */
  readonly server?: string;
}

/** The uid of this namespace identifies the cluster, as is usual: Kubernetes has no cluster id. */
export const IDENTITY_NAMESPACE = 'kube-system';

/** `6f1c… (https://10.0.0.1:6443)` */
export function describeKubernetes({ uid, server }: KubernetesIdentity): string {
  return server === undefined ? uid : `${uid} (${server})`;
}
