import type { Component } from '../component.ts';
import { PRODUCT } from '../marks.ts';
import { namesByNamespace } from './names.ts';
import { DEFAULT_RIGHTS, type RightsOptions } from './options.ts';
import { adoptionRules, clusterRules, rotationRules, type ExplainedRule } from './rules.ts';

/** The ServiceAccount of the worker. The Roles have its name. */
export interface WorkerAccount {
  readonly namespace: string;
  readonly name: string;
}

export const DEFAULT_ACCOUNT: WorkerAccount = { namespace: PRODUCT, name: PRODUCT };

/** A Role or a ClusterRole with its binding. */
export interface Grant {
  readonly name: string;
  /** Absent: a ClusterRole. */
  readonly namespace?: string;
  readonly purpose: 'rotation' | 'adoption';
  readonly rules: readonly ExplainedRule[];
}

/** Every Role that the catalogue needs: the ClusterRole, one Role for each namespace, and those of adoptions. */
export function grantsOf(
  components: readonly Component[],
  options: RightsOptions = DEFAULT_RIGHTS,
  { name }: WorkerAccount = DEFAULT_ACCOUNT,
): readonly Grant[] {
  const namespaces = namesByNamespace(components, options);
  const roles = namespaces.map((names): Grant => ({
    ...{ name, namespace: names.namespace, purpose: 'rotation' },
    rules: rotationRules(names, options),
  }));
  const adoptions = namespaces.map((names): Grant => ({
    ...{ name: `${name}-adoption`, namespace: names.namespace, purpose: 'adoption' },
    rules: adoptionRules(names, options),
  }));
  return [
    { name, purpose: 'rotation' as const, rules: clusterRules(options) },
    ...roles,
    ...(options.adoption ? adoptions : []),
  ].filter(({ rules }) => rules.length > 0);
}

const API_GROUP = 'rbac.authorization.k8s.io';

/** A Role as Kubernetes takes it, and the binding that gives it to the account. */
export function manifestsOf({ name, namespace, rules }: Grant, account: WorkerAccount = DEFAULT_ACCOUNT) {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  return {
    role: { apiVersion: `${API_GROUP}/v1`, kind, metadata, rules: rules.map(({ rule }) => rule) },
    binding: {
      apiVersion: `${API_GROUP}/v1`,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: API_GROUP, kind, name },
      subjects: [{ kind: 'ServiceAccount', name: account.name, namespace: account.namespace }],
    },
  };
}

/** The account itself and its namespace. */
export function accountManifests({ namespace, name }: WorkerAccount = DEFAULT_ACCOUNT) {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
  ];
}
