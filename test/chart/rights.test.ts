import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { DEFAULT_RIGHTS, grantsOf, manifestsOf, type RightsOptions } from '../../src/domain/rights/index.ts';
import { requireChartTools } from '../../tools/chart/builds.ts';
import { helmTemplate, parseManifests, type Manifest } from '../../tools/chart/helm.ts';

/* The chart's templates cannot run the product's code, so they gather the names and write the rules once more. */

const CATALOGUES = [
  'components.yaml',
  ...['alternating', 'consumers', 'gitops'].map((name) => `test/chart/catalogues/${name}.yaml`),
];

type Chosen = Partial<Omit<RightsOptions, 'more'>>;
const EVERYTHING: Chosen = {
  exec: true,
  portForward: true,
  deletePods: true,
  adoption: true,
  alternating: true,
  databaseRoles: true,
};
const CHOICES: Readonly<Record<string, readonly [Chosen, Partial<RightsOptions['more']>]>> = {
  'what every rotation needs': [{}, {}],
  everything: [EVERYTHING, {}],
  'exec alone': [{ exec: true }, {}],
  'adoptions without exec': [{ adoption: true }, {}],
  'as little as possible, and names of its own': [
    { gitops: false, clientsElsewhere: false },
    {
      databaseRoles: [{ namespace: 'ai-system', name: 'own-role' }],
      secrets: [
        { namespace: 'cache', name: 'own-ca' },
        { namespace: 'apps', name: 'litellm-env' },
      ],
      configMaps: [
        { namespace: 'flux-system', name: 'cluster-settings' },
        { namespace: 'other', name: 'settings' },
      ],
      workloads: [
        { kind: 'Deployment', namespace: 'ai-system', name: 'litellm' },
        { kind: 'Rollout', namespace: 'ai-system', name: 'obot' },
        { kind: 'Deployment', namespace: 'ai-system', name: 'langfuse' },
      ],
    },
  ],
};

const CASES = CATALOGUES.flatMap((catalogue) =>
  Object.entries(CHOICES).map(([title, [chosen, more]]) => [catalogue, title, chosen, more] as const),
);

/** As Helm's `--set` takes them. */
function asValues(chosen: Chosen, more: Partial<RightsOptions['more']>): readonly string[] {
  const names = Object.entries(more).map(([key, refs]) => {
    const texts = refs.map((ref) => [ref.namespace, ...('kind' in ref ? [ref.kind] : []), ref.name].join('/'));
    return `rights.more.${key}={${texts.join(',')}}`;
  });
  return [...Object.entries(chosen).map(([key, value]) => `rights.${key}=${value}`), ...names];
}

const placeOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

/** By kind, namespace and name. Helm sorts objects by its own order. */
function byPlace(objects: readonly Manifest[]): ReadonlyMap<string, Manifest> {
  const named = objects.map((object) => [placeOf(object), object] as const);
  return new Map(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

beforeAll(requireChartTools);

describe('the Roles of the chart', () => {
  it.each(CASES)('are those of "cnpg-rotate rights", for %s: %s', async (catalogue, _, chosen, more) => {
    const rendered = await helmTemplate({
      values: [catalogue],
      set: asValues(chosen, more),
      more: ['--show-only', 'templates/rights.yaml'],
    });
    const ofChart = parseManifests(rendered).map((object) => {
      const { labels: _labels, ...metadata } = object.metadata;
      return { ...object, metadata };
    });
    const options = { ...DEFAULT_RIGHTS, ...chosen, more: { ...DEFAULT_RIGHTS.more, ...more } };
    const printed = grantsOf(loadCatalogue(catalogue).components, options).flatMap((grant) => {
      const { role, binding } = manifestsOf(grant);
      return [role, binding] as readonly object[] as readonly Manifest[];
    });
    expect(byPlace(ofChart)).toEqual(byPlace(printed));
  });

  it('are left out where somebody else applies them', async () => {
    const objects = parseManifests(await helmTemplate({ set: ['rights.create=false'] }));
    expect(objects.filter(({ apiVersion }) => apiVersion.startsWith('rbac.'))).toEqual([]);
  });
});
