import { findLiterals } from '../../../src/domain/consumers/literals.ts';
import type { ConfigMapTexts, ContainerTexts, TextVariable } from '../../../src/domain/consumers/texts.ts';
import type { Component, ConsumerRef } from '../../../src/domain/component.ts';
import { Password } from '../../../src/domain/password.ts';
import { HOST, secrets, toWorld, uri, X } from '../secret-plan/world.ts';

const WORKER: ConsumerRef = { kind: 'Deployment', namespace: 'apps', name: 'worker' };

interface Manifests {
  readonly variables?: readonly TextVariable[];
  readonly commands?: Readonly<Record<string, string>>;
  readonly configMap?: Readonly<Record<string, string>>;
  /** Nobody reads the ConfigMap. */
  readonly unread?: true;
  readonly idle?: true;
  readonly component?: Partial<Component>;
  readonly password?: string;
  readonly holder?: ConsumerRef;
}

const env = (texts: Readonly<Record<string, string>>): readonly TextVariable[] =>
  Object.entries(texts).map(([name, value]) => ({ name, value }));
const from = (kind: 'Secret' | 'ConfigMap', name: string, key: string, variable: string): TextVariable => ({
  name: variable,
  from: { kind, name },
  key,
});

/** `Deployment worker: container worker, env DATABASE_URL`, and what kind of finding it is. */
function found(manifests: Manifests): readonly string[] {
  const { variables = [], commands = {}, configMap, unread, idle = false, component, password = X } = manifests;
  const world = toWorld({ secrets: secrets({}, {}, password), ...(component && { component }) });
  const known = { held: Password.of(password), current: Password.of(password), accepted: [] };
  const container: ContainerTexts = {
    holder: manifests.holder ?? WORKER,
    idle,
    container: 'worker',
    variables,
    commands,
    configMaps: configMap === undefined || unread === true ? [] : ['settings'],
    files: [],
  };
  const configMaps: ConfigMapTexts[] =
    configMap === undefined ? [] : [{ namespace: 'apps', name: 'settings', texts: configMap }];
  return findLiterals(world, known, [container], configMaps).map(
    ({ holder, where, evidence, used, accepted }) =>
      `${holder.kind} ${holder.name}: ${where}${evidence ? '' : ', equal'}${used ? '' : ', unused'}${accepted ? ', accepted' : ''}`,
  );
}

const AT = 'Deployment worker: container worker,';

describe('the password as a text in a manifest', () => {
  it.each<readonly [string, Manifests, readonly string[]]>([
    ['a URI in a variable', { variables: env({ DATABASE_URL: uri('litellm', X) }) }, [`${AT} env DATABASE_URL (URI)`]],
    [
      'a password beside the user and the host',
      { variables: env({ DB_HOST: HOST, DB_USER: 'litellm', DB_PASSWORD: X }) },
      [`${AT} env DB_PASSWORD`],
    ],
    [
      'a password beside a user that a Secret holds',
      {
        variables: [
          from('Secret', 'litellm-db-secret', 'username', 'DB_USER'),
          ...env({ DB_HOST: HOST, DB_PASSWORD: X }),
        ],
      },
      [`${AT} env DB_PASSWORD`],
    ],
    [
      'a password that another variable names',
      { variables: env({ PW: X, DATABASE_URL: uri('litellm', '$(PW)') }) },
      [`${AT} env PW`],
    ],
    [
      'a URI whose user another variable has',
      { variables: env({ ME: 'litellm', DATABASE_URL: uri('$(ME)', X) }) },
      [`${AT} env DATABASE_URL (URI)`],
    ],
    [
      'a URI in an argument',
      { commands: { 'args[1]': `--database-url=${uri('litellm', X)}` } },
      [`${AT} args[1] (line 1 URI)`],
    ],
    [
      'a URI in a ConfigMap that a pod reads',
      { configMap: { DATABASE_URL: uri('litellm', X) } },
      ['ConfigMap settings: key DATABASE_URL (URI)'],
    ],
    [
      'a document in a ConfigMap that a pod reads',
      { configMap: { 'config.yaml': `db:\n  user: litellm\n  host: ${HOST}\n  password: ${X}\n` } },
      ['ConfigMap settings: key config.yaml (YAML db.password)'],
    ],
    [
      'a password of a ConfigMap that a container reads as the role’s',
      {
        configMap: { value: X },
        variables: [
          ...env({ DB_HOST: HOST, DB_USER: 'litellm' }),
          from('ConfigMap', 'settings', 'value', 'DB_PASSWORD'),
        ],
      },
      ['ConfigMap settings: key value'],
    ],
    [
      'a URI in a ConfigMap that nobody reads',
      { configMap: { DATABASE_URL: uri('litellm', X) }, unread: true },
      ['ConfigMap settings: key DATABASE_URL (URI), unused'],
    ],
    [
      'a URI of something that does not run',
      { variables: env({ DATABASE_URL: uri('litellm', X) }), idle: true },
      [`${AT} env DATABASE_URL (URI), unused`],
    ],
    [
      'a URI that the catalogue knows',
      { variables: env({ DATABASE_URL: uri('litellm', X) }), component: { leftBehind: [WORKER] } },
      [`${AT} env DATABASE_URL (URI), accepted`],
    ],
    [
      'a URI in a ConfigMap whose only reader the catalogue knows',
      { configMap: { DATABASE_URL: uri('litellm', X) }, component: { leftBehind: [WORKER] } },
      ['ConfigMap settings: key DATABASE_URL (URI), accepted'],
    ],
    [
      'a URI of another namespace, with the Cluster’s',
      {
        variables: env({ DATABASE_URL: uri('litellm', X, `${HOST}.apps`) }),
        holder: { ...WORKER, namespace: 'other' },
      },
      [`${AT} env DATABASE_URL (URI)`],
    ],
    ['the same text without a login', { variables: env({ MASTER_KEY: X }) }, [`${AT} env MASTER_KEY, equal`]],
    [
      'the same text as a part of a command',
      { commands: { 'args[0]': `run ${X}` } },
      [`${AT} args[0] (line 1), equal`],
    ],
  ])('is found: %s', (_, manifests, places) => {
    expect(found(manifests)).toEqual(places);
  });

  it.each<readonly [string, Manifests]>([
    ['another user’s URI', { variables: env({ DATABASE_URL: uri('langfuse', X) }) }],
    ['a URI at another Cluster', { variables: env({ DATABASE_URL: uri('litellm', X, 'other-postgresql-rw') }) }],
    [
      'a URI of another namespace at that namespace’s own Cluster',
      {
        variables: env({ DATABASE_URL: uri('litellm', X) }),
        holder: { ...WORKER, namespace: 'other' },
      },
    ],
    ['a login with another password', { variables: env({ DATABASE_URL: uri('litellm', 'q8Zr2vWm5tYx0Lk4') }) }],
    ['a Secret that is only read', { variables: [from('Secret', 'litellm-db-secret', 'password', 'DB_PASSWORD')] }],
    [
      'a URI that takes the password of a Secret',
      {
        variables: [
          from('Secret', 'litellm-db-secret', 'password', 'PW'),
          ...env({ DATABASE_URL: uri('litellm', '$(PW)') }),
        ],
      },
    ],
    ['a common word', { variables: env({ MODE: 'password', DB_TYPE: 'passwords' }), password: 'password' }],
  ])('is not taken for one: %s', (_, manifests) => {
    expect(found(manifests)).toEqual([]);
  });
});
