import type { Component } from '../component.ts';
import { allow, type Right } from './rights.ts';

/** The additional rights of an adoption or of its undoing. */
export function adoptionRights(
  { namespace }: Component,
  {
    roleSecrets,
    ownerObjects,
    loginObjects,
  }: {
    readonly roleSecrets: readonly string[];
    /** Names of the DatabaseRoles that declare the owner and the login roles; empty where `managed.roles` does. */
    readonly ownerObjects: readonly string[];
    readonly loginObjects: readonly string[];
  },
): readonly Right[] {
  const manifest = 'deploy/rbac-adoption.yaml';
  const databaseRoles = { group: 'postgresql.cnpg.io', resource: 'databaseroles', namespace, manifest } as const;
  return [
    ...roleSecrets.flatMap((name) =>
      allow(['get', 'patch', 'delete'], { group: '', resource: 'secrets', namespace, name, manifest }),
    ),
    ...ownerObjects.flatMap((name) => allow(['patch'], { ...databaseRoles, name })),
    ...(loginObjects.length === 0 ? [] : allow(['create'], databaseRoles)),
    ...loginObjects.flatMap((name) => allow(['patch', 'delete'], { ...databaseRoles, name })),
    ...allow(['list'], { group: 'postgresql.cnpg.io', resource: 'poolers', namespace, manifest }),
    ...allow(['get', 'create'], {
      group: '',
      resource: 'pods',
      subresource: 'exec',
      namespace,
      manifest: 'deploy/rbac.yaml',
    }),
  ];
}
