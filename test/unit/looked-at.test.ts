import { lookedAtFor, type ManagedRole } from '../../src/domain/cluster.ts';
import { HEALTHY_CLUSTER } from '../harness/examples.ts';

const role = (name: string, declaredBy: ManagedRole['declaredBy'], passwordSecret?: string): ManagedRole => ({
  ...{ name, declaredBy, passwordSecret, login: true, ensure: 'present' },
});

/** `[for, the declarations, the bootstrap's owner, what CNPG looks at]` */
const CASES: readonly (readonly [string, readonly ManagedRole[], string | undefined, object])[] = [
  ['a managed role: the Cluster', [role('x', 'managed.roles', 's')], undefined, { cluster: true, databaseRoles: [] }],
  [
    'a DatabaseRole: the object',
    [role('x', 'DatabaseRole of-x', 's')],
    undefined,
    { cluster: false, databaseRoles: ['of-x'] },
  ],
  [
    'a role in both places: the Cluster, which comes first',
    [role('x', 'managed.roles', 's'), role('x', 'DatabaseRole of-x', 's')],
    undefined,
    { cluster: true, databaseRoles: [] },
  ],
  ['an owner by bootstrap: the Cluster', [], 'x', { cluster: true, databaseRoles: [] }],
  [
    'a DatabaseRole without a Secret, whose password the bootstrap sets: the Cluster',
    [role('x', 'DatabaseRole of-x')],
    'x',
    { cluster: true, databaseRoles: [] },
  ],
  ['a role that nothing declares: the Cluster', [], undefined, { cluster: true, databaseRoles: [] }],
];

it.each(CASES)('CNPG looks, for %s', (_, managedRoles, owner, expected) => {
  const applicationOwner = owner === undefined ? undefined : { role: owner, secret: 's', bootstrap: 'initdb' as const };
  expect(lookedAtFor({ ...HEALTHY_CLUSTER, managedRoles, applicationOwner }, ['x'])).toEqual(expected);
});
