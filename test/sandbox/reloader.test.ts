import { reloaderManifests } from '../../sandbox/common/reloader-manifests.ts';

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
