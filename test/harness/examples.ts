import { HEALTHY_PHASE, type ClusterState } from '../../src/domain/cluster.ts';
import { defaultAlternating } from '../../src/domain/alternating-names.ts';
import type { Component } from '../../src/domain/component.ts';
import type { KubernetesIdentity } from '../../src/domain/kubernetes-identity.ts';
import type { GitOpsSource } from '../../src/domain/source.ts';

/** A component as the catalogue gives it when it names nothing but what is given here. */
export function exampleComponent(given: Partial<Component> & Pick<Component, 'name'>): Component {
  const { name, role = name } = given;
  return {
    namespace: 'ai-system',
    cluster: `${name}-postgresql`,
    role,
    database: role,
    secret: `${name}-db-secret`,
    otherSecrets: [],
    notSecrets: [],
    secretOwners: {},
    discover: true,
    strategy: 'in-place',
    alternating: defaultAlternating({ name, role }),
    ...given,
  };
}

export const LITELLM: Component = exampleComponent({ name: 'litellm' });

export const KUBERNETES: KubernetesIdentity = { uid: 'kube-1', server: 'https://kubernetes.example:6443' };

export const HEALTHY_CLUSTER: ClusterState = {
  phase: HEALTHY_PHASE,
  currentPrimary: 'litellm-postgresql-1',
  targetPrimary: 'litellm-postgresql-1',
  services: [],
  managedRoles: [
    {
      name: 'litellm',
      ensure: 'present',
      login: true,
      passwordSecret: 'litellm-db-secret',
      declaredBy: 'managed.roles',
    },
  ],
  appliedSecretVersions: {},
  cannotReconcile: {},
};

/** A component's source in Git, with every default. */
export const GITOPS: GitOpsSource = {
  repository: 'https://git.example/home.git',
  branch: 'main',
  author: { name: 'cnpg-rotator', email: 'cnpg-rotator@localhost' },
  manifests: [],
  render: [],
  localFiles: {},
  allowedPaths: [],
  flux: { reconcile: [] },
};

/** Refused logins as a report counts them. */
export const REFUSED = {
  count: 12,
  windowSeconds: 3.5,
  byClient: [{ client: '10.244.0.7', role: 'litellm', count: 12 }],
};
