import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { chartTool, requireChartTools } from '../../tools/chart/builds.ts';
import { helmTemplate, parseManifests, type Manifest } from '../../tools/chart/helm.ts';
import { kustomizeFiles, withoutHelm } from '../../tools/generate/kustomize-files.ts';

const CATALOGUE = 'cnpg-rotator-components';

async function build(folder: string): Promise<readonly Manifest[]> {
  const { stdout } = await execa(chartTool('kustomize').binary, ['build', folder]);
  return parseManifests(stdout);
}

/** By kind, namespace and name; the ConfigMap's name without Kustomize's hash, and the catalogue's text left out. */
function byPlace(objects: readonly Manifest[]): ReadonlyMap<string, unknown> {
  const text = JSON.stringify(objects.map(withoutHelm)).replaceAll(
    new RegExp(`${CATALOGUE}-[a-z0-9]{10}`, 'g'),
    CATALOGUE,
  );
  const named = (JSON.parse(text) as readonly Manifest[]).map((object) => {
    const { kind, metadata } = object;
    const shown = kind === 'ConfigMap' ? { kind, keys: Object.keys(object['data'] ?? {}) } : object;
    return [`${kind} ${metadata.namespace ?? ''}/${metadata.name}`, shown] as const;
  });
  return new Map(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

beforeAll(requireChartTools);

describe('the Kustomize base', () => {
  it('is what the chart renders', async () => {
    const [built, rendered] = [await build('deploy/kustomize'), parseManifests(await helmTemplate({}))];
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'cnpg-rotator' } };
    expect(byPlace(built)).toEqual(byPlace([namespace, ...rendered]));
  });

  it('lets the worker read the catalogue under the name that Kustomize gives it', async () => {
    const names = JSON.stringify(await build('deploy/kustomize')).match(new RegExp(`${CATALOGUE}-[a-z0-9]{10}`, 'g'));
    expect([names?.length, new Set(names).size]).toEqual([2, 1]);
  });

  it('is up to date', async () => {
    for (const [file, text] of await kustomizeFiles()) expect([file, readFileSync(file, 'utf8')]).toEqual([file, text]);
  });
});
