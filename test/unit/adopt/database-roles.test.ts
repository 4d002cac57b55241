import {
  alternatingSpec,
  inPlaceSpec,
  recordOf,
  sameSpec,
  specBefore,
  type AdoptionRecord,
  type RoleSpec,
} from '../../../src/domain/adopt/index.ts';
import { GRAFANA, NAMES, OBJECT } from './world.ts';

const record = (spec: RoleSpec): AdoptionRecord => recordOf(spec, NAMES) ?? {};

describe.each<readonly [string, RoleSpec]>([
  ['a DatabaseRole declares the owner', { roles: [GRAFANA], databaseRoles: [OBJECT] }],
  [
    'a DatabaseRole and the bootstrap set the owner’s password',
    { roles: [], databaseRoles: [OBJECT], bootstrap: { method: 'initdb', secret: 'litellm-db-secret' } },
  ],
])('where %s', (_, before) => {
  const after = alternatingSpec(before, NAMES);
  const objects = ({ databaseRoles = [] }: RoleSpec) => databaseRoles;

  it('the login roles get DatabaseRoles of their own, which leave the role in PostgreSQL when they go', () => {
    expect(after.roles).toEqual(before.roles);
    expect(after.bootstrap?.secret).toBe(before.bootstrap && 'litellm-owner-role');
    expect(objects(after)).toMatchObject([
      { object: 'litellm-role', spec: { passwordSecret: { name: 'litellm-owner-role' } } },
      ...['a', 'b'].map((letter) => ({
        object: `litellm-${letter}-role`,
        spec: {
          name: `litellm_${letter}`,
          cluster: { name: 'litellm-postgresql' },
          inRoles: ['litellm'],
          databaseRoleReclaimPolicy: 'retain',
          passwordSecret: { name: `litellm-${letter}-role` },
        },
      })),
    ]);
    expect(sameSpec(alternatingSpec(after, NAMES), after)).toBe(true);
  });

  it('the way back has them dropped as they are deleted, and ends with the spec as it was', () => {
    const dropping = inPlaceSpec(after, NAMES, record(before));
    expect(objects(dropping).map(({ spec }) => spec['databaseRoleReclaimPolicy'])).toEqual([
      'retain',
      'delete',
      'delete',
    ]);
    expect(specBefore(dropping, NAMES, record(before))).toEqual(before);
  });

  it('an adoption after a way back that stopped keeps them again', () => {
    const again = alternatingSpec(inPlaceSpec(after, NAMES, record(before)), NAMES);
    expect(sameSpec(again, after)).toBe(true);
  });
});
