import { HEALTHY_PHASE, type ClusterState } from '../../src/domain/cluster.ts';
import type { Component } from '../../src/domain/component.ts';

export const LITELLM: Component = {
  name: 'litellm',
  namespace: 'ai-system',
  cluster: 'litellm-postgresql',
  role: 'litellm',
  database: 'litellm',
  secret: 'litellm-db-secret',
  otherSecrets: [],
};

export const HEALTHY_CLUSTER: ClusterState = {
  phase: HEALTHY_PHASE,
  currentPrimary: 'litellm-postgresql-1',
  targetPrimary: 'litellm-postgresql-1',
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
