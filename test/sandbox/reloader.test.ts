import { existsSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { RELOADER_CASES, type ReloaderCase } from '../../sandbox/common/reloader-cases.ts';
import { reloaderManifests } from '../../sandbox/common/reloader-manifests.ts';
import { pauseOf, shouldReload, watches } from '../../sandbox/embedded/controllers/reloader-decision.ts';
import { ownProgram } from '../../sandbox/real/builds.ts';
import { optionsOf } from '../../sandbox/embedded/controllers/reloader-options.ts';

const container = (choice: string): unknown => {
  const deployment = reloaderManifests(choice).find(({ kind }) => kind === 'Deployment');
  const { spec } = deployment as unknown as { spec: { template: { spec: { containers: unknown[] } } } };
  return spec.template.spec.containers[0];
};

describe('Reloader in the sandbox', () => {
  it('marks by variables, its default, when nothing else is asked for', () => {
    expect(container('standin')).not.toHaveProperty('args');
  });

  it('marks by annotations when that is asked for', () => {
    expect(container('standin-annotations')).toHaveProperty('args', ['--reload-strategy=annotations']);
  });

  it.each([
    ['standin', '/live'],
    ['standin-annotations', '/live'],
    ['/opt/reloader', '/metrics'],
  ])('as %s is asked for its health at %s', (choice, path) => {
    expect(container(choice)).toHaveProperty('readinessProbe.httpGet.path', path);
  });

  it('stands where the documentation looks for it', () => {
    const metadata = reloaderManifests('standin').find(({ kind }) => kind === 'Deployment')?.metadata;
    expect(metadata).toMatchObject({ namespace: 'kube-system', name: 'reloader' });
  });
});

describe('the embedded Reloader', () => {
  it.each(RELOADER_CASES.map((one) => [one.case, one] as const))('decides as Reloader: %s', (_, one) => {
    expect(reacts(one)).toBe(one.reacts);
  });
});

/** Where the real sandbox was prepared, its stand-in is built. */
const STANDIN = ownProgram('reloader-standin').binary;

(existsSync(STANDIN) ? describe : describe.skip)('the stand-in of the real sandbox', () => {
  it('decides as Reloader in every case', () => {
    const decided = JSON.parse(
      execFileSync(STANDIN, ['decide'], { input: JSON.stringify(RELOADER_CASES), encoding: 'utf8' }),
    ) as readonly boolean[];
    const wrong = RELOADER_CASES.filter(({ reacts: expected }, index) => decided[index] !== expected);
    expect(wrong.map((one) => one.case)).toEqual([]);
  });
});

/** As its own Deployment in kube-system says it. */
function reacts(one: ReloaderCase): boolean {
  const { kind = 'Deployment', version, args = [], onlyNamespace, workload = {}, template = {} } = one;
  const image = `localhost/reloader:${version ?? 'sandbox'}`;
  const env = onlyNamespace === undefined ? [] : [{ name: 'KUBERNETES_NAMESPACE', value: onlyNamespace }];
  const options = optionsOf({
    metadata: { namespace: 'kube-system', name: 'reloader' },
    spec: { selector: {}, template: { spec: { containers: [{ name: 'reloader', image, args: [...args], env }] } } },
  });
  const secret = {
    ...{ name: 'litellm-db-secret', namespace: 'apps', annotations: one.secret ?? {}, labels: one.secretLabels ?? {} },
    namespaceLabels: one.namespaceLabels ?? {},
  };
  if (!watches(options, secret)) return false;
  if (shouldReload(options, secret, { kind, annotations: workload, podAnnotations: template }) === 'no') return false;
  const pause = kind === 'Deployment' ? pauseOf(options, workload) : undefined;
  return pause === undefined || pause.ms !== undefined;
}
