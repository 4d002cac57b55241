import { stringify } from 'yaml';
import { operatorManifest } from '../../sandbox/real/cnpg.ts';
import { CNPG_VERSIONS } from '../../sandbox/common/options.ts';

const PUBLISHED = 'registry.example/cloudnative-pg/cloudnative-pg:of-the-release';
const probe = { httpGet: { path: '/readyz', port: 9443, scheme: 'HTTPS' } };

function release(more: object): string {
  const container = {
    name: 'manager',
    image: PUBLISHED,
    env: [{ name: 'OPERATOR_IMAGE_NAME', value: PUBLISHED }],
    livenessProbe: probe,
    readinessProbe: probe,
    ...more,
  };
  return stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cnpg-controller-manager', namespace: 'cnpg-system' },
    spec: { template: { spec: { containers: [container] } } },
  });
}

function containerOf(manifest: ReturnType<typeof operatorManifest>): unknown {
  const [{ spec }] = manifest as unknown as [{ spec: { template: { spec: { containers: readonly [unknown] } } } }];
  return spec.template.spec.containers[0];
}

describe.each(CNPG_VERSIONS)('the release manifest of CloudNativePG %s', (version) => {
  const image = `localhost/cloudnative-pg:${version}`;

  it.each([
    [
      'a startup probe',
      { startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 6 }, imagePullPolicy: 'Always' },
    ],
    ['no startup probe, as 1.24 has none', {}],
  ])('gets the image of this machine and time to start: with %s', (_, more) => {
    expect(containerOf(operatorManifest(release(more), version))).toMatchObject({
      image,
      env: [{ name: 'OPERATOR_IMAGE_NAME', value: image }],
      imagePullPolicy: 'IfNotPresent',
      startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 120 },
      readinessProbe: { ...probe, periodSeconds: 2 },
    });
  });
});
