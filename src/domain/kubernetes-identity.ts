/** Which Kubernetes cluster a rotation is of; no secret. */
export interface KubernetesIdentity {
  /** The uid of its namespace kube-system, which stays as long as the cluster does. */
  readonly uid: string;
  /** The API server as this worker reaches it, for people: another worker may reach the same one by another name. */
  readonly server?: string;
}

/** The namespace whose uid names the cluster, as is usual: Kubernetes has no id of its own. */
export const IDENTITY_NAMESPACE = 'kube-system';

/** `6f1c… (https://10.0.0.1:6443)` */
export function describeKubernetes({ uid, server }: KubernetesIdentity): string {
  return server === undefined ? uid : `${uid} (${server})`;
}
