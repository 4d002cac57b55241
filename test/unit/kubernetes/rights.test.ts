import { adoptionRights, neededRights, type Right } from '../../../src/domain/preflight/index.ts';
import { adoptionNames, roleSecrets } from '../../../src/domain/adopt/index.ts';
import { readIdentity } from '../../../src/kubernetes/identity.ts';
import { Rights } from '../../../src/kubernetes/rights.ts';
import { exampleComponent, GITOPS, LITELLM } from '../../harness/examples.ts';
import { EmbeddedApi } from '../../harness/activities/embedded-api.ts';

const NS = 'ai-system';
const DRAGONFLY = exampleComponent({ name: 'dragonfly', namespace: 'cache', strategy: 'alternating' });

let api: EmbeddedApi;
beforeEach(async () => {
  api = await EmbeddedApi.start(NS, 'cache');
});
afterEach(() => api.server.close());

const rightsOf = (component = LITELLM): readonly Right[] =>
  neededRights({
    component,
    secrets: [component.secret],
    workloads: [{ kind: 'Deployment', namespace: NS, name: component.name }],
    serverCaSecret: `${component.cluster}-ca`,
    portForwards: true,
    ...(component.gitops && {
      gitops: {
        roleSecrets: [],
        kustomizations: [{ namespace: 'flux-system', name: 'litellm' }],
        gitRepositories: [{ namespace: 'flux-system', name: 'flux-system' }],
      },
    }),
  });
const ofAdoption = adoptionRights(LITELLM, {
  roleSecrets: roleSecrets(adoptionNames(LITELLM)).map(({ secret }) => secret),
  ownerObjects: ['litellm-role'],
  loginObjects: ['litellm-a-role', 'litellm-b-role'],
});
const names = (rights: readonly Right[]): readonly string[] =>
  rights.map(
    ({ verb, resource, subresource, name = '*' }) =>
      `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`} ${name}`,
  );

describe('the rights in the manifests', () => {
  it('are all that a rotation uses', async () => {
    const rights = new Rights(await api.connectAsWorker());
    await expect(rights.missing([...rightsOf(), ...rightsOf(DRAGONFLY)])).resolves.toEqual([]);
  });

  it('are all that an adoption uses, with the manifest of adoptions', async () => {
    await expect(new Rights(await api.connectAsWorker()).missing(ofAdoption)).resolves.toHaveLength(8);
    const rights = new Rights(await api.connectAsWorker('deploy/rbac-adoption.yaml'));
    await expect(rights.missing(ofAdoption)).resolves.toEqual([]);
  });

  it('are all that the source gitops uses, with the manifest of Flux', async () => {
    const credentials = { kind: 'secret', namespace: 'flux-system', name: 'cnpg-rotator-git' } as const;
    const needed = rightsOf({ ...LITELLM, gitops: { ...GITOPS, credentials } });
    const missing = await new Rights(await api.connectAsWorker()).missing(needed);
    expect(new Set(missing.map(({ manifest }) => manifest))).toEqual(new Set(['deploy/rbac-gitops.yaml']));
    const rights = new Rights(await api.connectAsWorker('deploy/rbac-gitops.yaml'));
    await expect(rights.missing(needed)).resolves.toEqual([]);
  });

  it('let the worker read which cluster it is on', async () => {
    const connection = await api.connectAsWorker();
    const { uid = '' } = api.store.get('namespaces', { name: 'kube-system' }).metadata ?? {};
    await expect(readIdentity(connection)).resolves.toEqual({ uid, server: api.server.url });
    api.store.delete('clusterroles', { name: 'cnpg-rotator' });
    await expect(readIdentity(connection)).rejects.toMatchObject({ type: 'KubernetesForbidden' });
  });
});

describe('a right that is missing', () => {
  it.each<
    readonly [string, (rules: { resources?: string[]; resourceNames?: string[]; verbs: string[] }[]) => void, string[]]
  >([
    [
      'on one Secret by its name',
      (rules) => {
        for (const rule of rules) {
          if (rule.resourceNames !== undefined)
            rule.resourceNames = rule.resourceNames.filter((name) => name !== 'litellm-db-secret');
        }
      },
      ['get secrets litellm-db-secret', 'patch secrets litellm-db-secret'],
    ],
    [
      'to port-forward',
      (rules) =>
        rules.splice(
          rules.findIndex(({ resources }) => resources?.includes('pods/portforward')),
          1,
        ),
      ['get pods/portforward *', 'create pods/portforward *'],
    ],
    [
      'to create Secrets, which no rule with names gives',
      (rules) => {
        for (const rule of rules) {
          if (rule.resources?.includes('secrets') === true && rule.verbs.includes('create'))
            rule.resourceNames = ['litellm-db-secret-rotation'];
        }
      },
      ['create secrets *'],
    ],
  ])('is told: %s', async (_, change, missing) => {
    const connection = await api.connectAsWorker();
    const key = { namespace: NS, name: 'cnpg-rotator' };
    const role = structuredClone(api.store.get('roles', key));
    change(role.rules ?? []);
    api.store.update('roles', role);
    expect(names(await new Rights(connection).missing(rightsOf()))).toEqual(missing);
  });

  it('cannot be told where the API server refuses the question', async () => {
    api.faults.choose = ({ path }) =>
      path.includes('selfsubjectaccessreviews') ? { status: 403, reason: 'Forbidden' } : undefined;
    const rights = new Rights(await api.connectAsWorker());
    await expect(rights.missing(rightsOf())).rejects.toMatchObject({ type: 'KubernetesForbidden' });
  });

  it('is asked for some at once, and never more', async () => {
    let [open, most] = [0, 0];
    const authorization = {
      createSelfSubjectAccessReview: async () => {
        most = Math.max(most, (open += 1));
        await new Promise((resolve) => setTimeout(resolve, 1));
        open -= 1;
        return { status: { allowed: true } };
      },
    };
    const connection = { authorization, call: (_: string, act: (options: object) => unknown) => act({}) };
    await new Rights(connection as never).missing(rightsOf());
    expect(most).toBe(8);
  });
});

describe('the API server’s clock', () => {
  it('is seen in its answers', async () => {
    const connection = api.connect();
    expect(connection.clockAheadMs).toBeUndefined();
    await readIdentity(connection);
    expect(Math.abs(connection.clockAheadMs ?? Infinity)).toBeLessThan(5_000);
  });
});
