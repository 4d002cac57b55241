import type { Component } from '../component.ts';
import { allow, type Right } from './rights.ts';

/** The kinds that may name the user beside the workloads. A rotation in place can do without a look at them. */
const KINDS_THAT_NAME_USERS = [
  { group: 'batch', resource: 'jobs' },
  { group: 'batch', resource: 'cronjobs' },
  { group: '', resource: 'configmaps' },
] as const;

/** The additional rights of an adoption or of its undoing. */
export function adoptionRights(
  { namespace }: Component,
  {
    usersIn = [],
    roleSecrets,
    ownerObjects,
    loginObjects,
  }: {
    /** The namespaces whose objects may name the user; none where the application does not leave the owner. */
    readonly usersIn?: readonly string[];
    readonly roleSecrets: readonly string[];
    /** Names of the DatabaseRoles that declare the owner and the login roles; empty where `managed.roles` does. */
    readonly ownerObjects: readonly string[];
    readonly loginObjects: readonly string[];
  },
): readonly Right[] {
  const manifest = 'deploy/rbac-adoption.yaml';
  const databaseRoles = { group: 'postgresql.cnpg.io', resource: 'databaseroles', namespace, manifest } as const;
  return [
    ...usersIn.flatMap((one) =>
      KINDS_THAT_NAME_USERS.flatMap((kind) =>
        allow(['list'], {
          ...kind,
          namespace: one,
          manifest: one === namespace ? 'deploy/rbac.yaml' : 'deploy/rbac-consumers.yaml',
          because: `what logs in as the role by a name in the ${kind.resource} is not seen otherwise`,
        }),
      ),
    ),
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
