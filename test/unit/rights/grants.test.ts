import fc from 'fast-check';
import { adoptionRights, neededRights, type Right } from '../../../src/domain/preflight/index.ts';
import {
  DEFAULT_RIGHTS,
  grantingCommand,
  grantsOf,
  unnamedInGit,
  type Grant,
  type PolicyRule,
  type RightsOptions,
} from '../../../src/domain/rights/index.ts';
import { WORKLOAD_KINDS, type Component } from '../../../src/domain/component.ts';
import { exampleComponent, GITOPS, LITELLM } from '../../harness/examples.ts';

type Asked = Pick<Right, 'verb' | 'group' | 'resource' | 'subresource' | 'namespace' | 'name'>;

const options = (given: Partial<RightsOptions>): RightsOptions => ({ ...DEFAULT_RIGHTS, ...given });

function allows({ apiGroups, resources, verbs, resourceNames }: PolicyRule, asked: Asked): boolean {
  const resource = asked.subresource === undefined ? asked.resource : `${asked.resource}/${asked.subresource}`;
  return (
    apiGroups.includes(asked.group) &&
    resources.includes(resource) &&
    verbs.includes(asked.verb) &&
    (resourceNames === undefined || (asked.name !== undefined && resourceNames.includes(asked.name)))
  );
}

/** As Kubernetes judges it: a Role for its namespace, a ClusterRole for everything. */
function isGranted(grants: readonly Grant[], asked: Asked): boolean {
  return grants
    .filter(({ namespace }) => namespace === undefined || namespace === asked.namespace)
    .some(({ rules }) => rules.some(({ rule }) => allows(rule, asked)));
}

const secret = (verb: string, name: string, namespace = 'ai-system'): Asked => ({
  ...{ verb, group: '', resource: 'secrets', namespace, name },
});
const pods = (verb: string, subresource?: string, namespace = 'ai-system'): Asked => ({
  ...{ verb, group: '', resource: 'pods', namespace },
  ...(subresource !== undefined && { subresource }),
});

const ALTERNATING = exampleComponent({ name: 'litellm', strategy: 'alternating' });
const LOGIN_OBJECTS = ['litellm-a-role', 'litellm-b-role'];
const EVERY_RIGHT = { exec: true, portForward: true, deletePods: true, databaseRoles: true };
/** All that a rotation can ask for. */
const ROTATION = neededRights({
  component: ALTERNATING,
  secrets: [ALTERNATING.secret],
  databaseRoles: ['litellm-role', ...LOGIN_OBJECTS],
  generatedBy: 'litellm-role',
  workloads: WORKLOAD_KINDS.map((kind) => ({
    ...{ kind, namespace: ALTERNATING.namespace, name: ALTERNATING.name, deletesPods: 'surely' },
  })),
  serverCaSecret: 'litellm-postgresql-ca',
  portForwards: true,
});
const ADOPTION = adoptionRights(LITELLM, {
  roleSecrets: ['litellm-owner-role', ...LOGIN_OBJECTS],
  ownerObjects: ['litellm-role'],
  loginObjects: LOGIN_OBJECTS,
});

/** The verbs of these Roles that nobody misses. */
function unasked(grants: readonly Grant[], asked: readonly Right[]): readonly string[] {
  return grants.flatMap(({ namespace, rules }) =>
    rules.flatMap(({ rule }) =>
      rule.resources.flatMap((resource) =>
        rule.verbs
          .filter((verb) => {
            const one = { ...rule, resources: [resource], verbs: [verb] };
            return !asked.some((right) => (namespace ?? '') === namespaceOf(right) && allows(one, right));
          })
          .map((verb) => `${verb} ${resource}`),
      ),
    ),
  );
}

/** A namespace is not in a namespace. */
const namespaceOf = ({ resource, namespace }: Right): string => (resource === 'namespaces' ? '' : namespace);

const CONSUMERS = [
  { namespace: 'apps', secrets: [{ name: 'litellm-env' }], notSecrets: [], copies: ['litellm-copy'] },
] as const;

describe('the rights that a catalogue needs', () => {
  it('are all that a rotation asks for, without exec and port-forward', () => {
    const components: readonly Component[] = [
      LITELLM,
      exampleComponent({ name: 'langfuse', strategy: 'alternating' }),
      exampleComponent({ name: 'obot', namespace: 'obot', consumers: CONSUMERS }),
      exampleComponent({ name: 'dragonfly', namespace: 'cache', discover: false }),
    ];
    const grants = grantsOf(components);
    for (const component of components) {
      const needed = neededRights({
        component,
        secrets: [
          component.secret,
          ...(component.consumers === undefined ? [] : ['apps/litellm-env', 'apps/litellm-copy']),
        ],
        copies: ['apps/litellm-copy'],
        workloads: [{ kind: 'Deployment', namespace: component.namespace, name: component.name }],
        serverCaSecret: `${component.cluster}-ca`,
        portForwards: false,
      });
      const missing = needed.filter((right) => !isGranted(grants, right));
      expect(missing.map(({ verb, resource, subresource }) => [verb, resource, subresource])).toEqual([
        ['get', 'pods', 'exec'],
        ['create', 'pods', 'exec'],
      ]);
    }
  });

  it('are no more than what preflight asks for, so that a finding names each that is missing', () => {
    const silent = [
      // What an adoption has besides, and what all namespaces have, would hide that a Role lacks it.
      ...unasked(grantsOf([ALTERNATING], options({ ...EVERY_RIGHT, clientsElsewhere: false })), ROTATION),
      ...unasked(
        grantsOf([ALTERNATING]).filter(({ namespace }) => namespace === undefined),
        ROTATION,
      ),
      ...unasked(
        grantsOf([LITELLM], options({ adoption: true, databaseRoles: true })).filter(({ name }) =>
          name.endsWith('-adoption'),
        ),
        ADOPTION,
      ),
    ];
    // Of this one, the rule other-secrets-are-found speaks.
    expect(silent).toEqual(['list secrets']);
  });

  it.each<readonly [string, Partial<RightsOptions>, Asked]>([
    ['to exec into pods', { exec: true }, pods('get', 'exec')],
    ['to exec into pods, for an adoption', { adoption: true }, pods('create', 'exec')],
    ['to forward ports', { portForward: true }, pods('get', 'portforward')],
    ['to delete pods', { deletePods: true }, pods('delete')],
    ["to write a login role's Secret", { alternating: true }, secret('patch', 'litellm-a-role')],
    ["to delete the owner's Secret", { adoption: true }, secret('delete', 'litellm-owner-role')],
    [
      'to annotate a DatabaseRole',
      { databaseRoles: true },
      {
        verb: 'patch',
        group: 'postgresql.cnpg.io',
        resource: 'databaseroles',
        namespace: 'ai-system',
        name: 'litellm-role',
      },
    ],
    [
      'to read an own certificate authority',
      { more: { ...DEFAULT_RIGHTS.more, secrets: [{ namespace: 'ai-system', name: 'own-ca' }] } },
      secret('get', 'own-ca'),
    ],
  ])('are there when they are asked for, and not before: %s', (_, given, asked) => {
    expect(isGranted(grantsOf([LITELLM]), asked)).toBe(false);
    expect(isGranted(grantsOf([LITELLM], options(given)), asked)).toBe(true);
  });

  it('are what the advice on a missing right says', () => {
    const needed = [
      ...neededRights({
        component: LITELLM,
        secrets: [LITELLM.secret],
        databaseRoles: ['litellm-login'],
        workloads: [{ kind: 'StatefulSet', namespace: 'ai-system', name: 'litellm', deletesPods: 'surely' }],
        serverCaSecret: 'litellm-postgresql-ca',
        portForwards: true,
      }),
      ...adoptionRights(LITELLM, { roleSecrets: ['litellm-owner-role'], ownerObjects: [], loginObjects: [] }),
    ];
    const missing = needed.filter((right) => !isGranted(grantsOf([LITELLM]), right));
    expect(new Set(missing.map(({ resource, subresource }) => subresource ?? resource))).toEqual(
      new Set(['databaseroles', 'pods', 'services', 'portforward', 'exec', 'secrets']),
    );
    for (const right of missing) {
      const advice = grantingCommand([right]);
      const given: Partial<RightsOptions> = {
        exec: advice.includes('--exec'),
        portForward: advice.includes('--port-forward'),
        deletePods: advice.includes('--delete-pods'),
        adoption: advice.includes('--adoption'),
        more: {
          ...DEFAULT_RIGHTS.more,
          databaseRoles: advice.includes('--database-role ai-system/litellm-login')
            ? [{ namespace: 'ai-system', name: 'litellm-login' }]
            : [],
        },
      };
      expect([advice, isGranted(grantsOf([LITELLM], options(given)), right)]).toEqual([advice, true]);
    }
  });

  it('let nobody search the Secrets of a namespace where no component does', () => {
    const list = { verb: 'list', group: '', resource: 'secrets', namespace: 'ai-system' };
    const quiet = exampleComponent({ name: 'quiet', discover: false });
    expect(isGranted(grantsOf([quiet]), list)).toBe(false);
    expect(isGranted(grantsOf([quiet, LITELLM]), list)).toBe(true);
  });

  it('read a copy and a Secret of Git, and write neither', () => {
    const grants = grantsOf([
      exampleComponent({ name: 'litellm', consumers: CONSUMERS }),
      exampleComponent({ name: 'obot', gitops: GITOPS }),
    ]);
    const asked = ['get', 'patch'].map((verb) => [
      isGranted(grants, secret(verb, 'litellm-env', 'apps')),
      isGranted(grants, secret(verb, 'litellm-copy', 'apps')),
      isGranted(grants, secret(verb, 'obot-db-secret')),
    ]);
    expect(asked).toEqual([
      [true, true, true],
      [true, false, false],
    ]);
  });

  it('restart only the workloads that are named, where some are', () => {
    const workloads = [{ kind: 'Deployment', namespace: 'ai-system', name: 'litellm' }];
    const patch = (name: string, namespace = 'ai-system'): Asked => ({
      ...{ verb: 'patch', group: 'apps', resource: 'deployments', namespace, name },
    });
    const grants = grantsOf(
      [LITELLM, exampleComponent({ name: 'dragonfly', namespace: 'cache' })],
      options({ more: { ...DEFAULT_RIGHTS.more, workloads } }),
    );
    expect([patch('litellm'), patch('other'), patch('any', 'cache')].map((asked) => isGranted(grants, asked))).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('name what a rotation through Git leaves to be found', () => {
    const named = { namespace: 'flux-system', name: 'apps' };
    const flux = { reconcile: [], kustomization: named, gitRepository: named };
    expect(unnamedInGit([LITELLM, exampleComponent({ name: 'obot', gitops: { ...GITOPS, flux } })])).toEqual([]);
    expect(unnamedInGit([exampleComponent({ name: 'obot', gitops: GITOPS })])).toEqual([
      'obot: source.flux.kustomization',
      'obot: source.flux.gitRepository',
    ]);
  });

  it('never write a Secret that is not named, whatever is asked for', () => {
    const flags = fc.record({
      exec: fc.boolean(),
      portForward: fc.boolean(),
      deletePods: fc.boolean(),
      adoption: fc.boolean(),
      alternating: fc.boolean(),
      gitops: fc.boolean(),
      databaseRoles: fc.boolean(),
      clientsElsewhere: fc.boolean(),
    });
    const components = fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c', 'd'),
        namespace: fc.constantFrom('one', 'two'),
        discover: fc.boolean(),
        gitops: fc.constantFrom(undefined, GITOPS),
        consumers: fc.constantFrom(undefined, CONSUMERS),
      }),
      { selector: ({ name }) => name, minLength: 1 },
    );
    fc.assert(
      fc.property(components, flags, (given, chosen) => {
        const grants = grantsOf(given.map(exampleComponent), options(chosen));
        const rules = grants.flatMap((grant) => grant.rules.map(({ rule }) => rule));
        const unnamed = rules.filter(({ resources, resourceNames }) => resources.includes('secrets') && !resourceNames);
        expect(unnamed.flatMap(({ verbs }) => verbs).filter((verb) => !['create', 'list'].includes(verb))).toEqual([]);
        expect(rules.filter(({ resourceNames }) => resourceNames?.length === 0)).toEqual([]);
        const places = grants.map(({ name, namespace }) => `${namespace ?? ''}/${name}`);
        expect(new Set(places).size).toBe(places.length);
      }),
    );
  });
});
