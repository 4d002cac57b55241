import type { ContainerEnvironment } from '../../../src/domain/secret-plan/index.ts';
import { poolersNamed } from '../../../src/domain/secret-plan/poolers-named.ts';
import { OWN, planOf, secrets, toWorld, uri, X, type Values, type World } from './world.ts';

const POOLERS = ['pool', 'pool-rw'];

function named(world: World): Readonly<Record<string, string>> {
  const given = { services: POOLERS, ...world };
  return Object.fromEntries(poolersNamed(toWorld(given), planOf(given, X), POOLERS));
}

const container = (...variables: ContainerEnvironment['variables']): ContainerEnvironment => ({
  workload: { kind: 'Deployment', name: 'web' },
  container: 'web',
  variables,
});

describe('a Pooler is named', () => {
  it.each<[string, Values, readonly string[]]>([
    ['by the host of a URI', { U: uri('litellm', X, 'pool') }, ['pool']],
    ['with its namespace and domain', { U: uri('litellm', X, 'pool-rw.apps.svc.cluster.local') }, ['pool-rw']],
    ['by a host beside the password', { DB_HOST: 'pool', DB_USER: 'litellm', DB_PASSWORD: X }, ['pool']],
    ['not by a host of another namespace', { U: uri('litellm', X, 'pool.strangers') }, []],
    ['not by the Cluster’s own host', { U: uri('litellm', X, 'litellm-postgresql-rw') }, []],
  ])('%s', (_, values, expected) => {
    expect(Object.keys(named({ secrets: secrets({ env: values }) }))).toEqual(expected);
  });

  it('not by a Secret that does not change', () => {
    expect(named({ secrets: secrets({ env: { U: uri('langfuse', 'other-password', 'pool') } }) })).toEqual({});
  });

  it('by a container that reads a Secret that changes', () => {
    const [secret = '', key = ''] = OWN.split(' ');
    const environments = [
      container({ name: 'KC_DB_URL', value: 'jdbc:postgresql://pool:5432/x' }, { name: 'KC_DB_PASSWORD', secret, key }),
    ];
    expect(named({ secrets: secrets({}), environments })).toEqual({ pool: 'Deployment web names it' });
  });

  it('not by a container that reads none', () => {
    const environments = [container({ name: 'DATABASE_URL', value: uri('langfuse', 'x', 'pool') })];
    expect(named({ secrets: secrets({}), environments })).toEqual({});
  });
});
