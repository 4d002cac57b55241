import type { Kinds } from '../../../sandbox/embedded/api/index.ts';
import type { ClusterState, ManagedRole } from '../../../src/domain/cluster.ts';
import type { Component } from '../../../src/domain/component.ts';

/** The Cluster of which the product reads this state. */
export function clusterObject(state: ClusterState, { namespace, cluster: name }: Component): Kinds['clusters'] {
  const { applicationOwner, managedRoles, replicaOf } = state;
  return {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: { namespace, name, annotations: annotationsOf(state) },
    spec: {
      logLevel: state.logLevel,
      postgresql: { parameters: state.logMinMessages && { log_min_messages: state.logMinMessages } },
      bootstrap: applicationOwner && {
        [applicationOwner.bootstrap]: {
          owner: applicationOwner.role,
          database: applicationOwner.role,
          secret: { name: applicationOwner.secret },
        },
      },
      replica: replicaOf && { enabled: true, primary: replicaOf },
      managed: {
        roles: managedRoles.filter(({ declaredBy }) => declaredBy === 'managed.roles').map(configuration),
        services: {
          additional: state.services.map((service) => ({ serviceTemplate: { metadata: { name: service } } })),
        },
      },
    },
    status: {
      phase: state.phase,
      phaseReason: state.phaseReason,
      currentPrimary: state.currentPrimary,
      targetPrimary: state.targetPrimary,
      lastSuccessfulBackup: state.lastSuccessfulBackup,
      certificates: { serverCASecret: state.serverCaSecret },
      managedRolesStatus: {
        passwordStatus: Object.fromEntries(
          Object.entries(state.appliedSecretVersions).map(([role, resourceVersion]) => [role, { resourceVersion }]),
        ),
        cannotReconcile: state.cannotReconcile,
      },
    },
  };
}

/** The objects that declare the roles which the Cluster itself does not. */
export function databaseRoleObjects(
  { managedRoles, appliedSecretVersions }: ClusterState,
  { namespace, cluster }: Component,
): readonly Kinds['databaseroles'][] {
  return managedRoles
    .filter(({ declaredBy }) => declaredBy !== 'managed.roles')
    .map((role) => ({
      metadata: { namespace, name: role.declaredBy.replace('DatabaseRole ', '') },
      spec: { ...configuration(role), cluster: { name: cluster } },
      status: { secretResourceVersion: appliedSecretVersions[role.name] },
    }));
}

function configuration({ name, ensure, login, inRoles, validUntil, passwordSecret }: ManagedRole): object {
  const secret = passwordSecret === undefined ? undefined : { name: passwordSecret };
  return { name, ensure, login, inRoles, validUntil, passwordSecret: secret };
}

function annotationsOf({ fencedInstances, hibernated, reconciliationDisabled }: ClusterState): Record<string, string> {
  return {
    ...(fencedInstances !== undefined && { 'cnpg.io/fencedInstances': JSON.stringify(fencedInstances) }),
    ...(hibernated === true && { 'cnpg.io/hibernation': 'on' }),
    ...(reconciliationDisabled === true && { 'cnpg.io/reconciliationLoop': 'disabled' }),
  };
}
