import { operatorManifest } from '../../../sandbox/real/cnpg.ts';

const PUBLISHED = 'registry.example/cloudnative-pg:1.30.0';
const RELEASE = `
apiVersion: v1
kind: Namespace
metadata: {name: cnpg-system}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other, namespace: cnpg-system}
data: {image: ${PUBLISHED}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cnpg-controller-manager, namespace: cnpg-system}
spec:
  replicas: 1
  template:
    spec:
      serviceAccountName: cnpg-manager
      containers:
      - name: manager
        image: ${PUBLISHED}
        imagePullPolicy: Always
        args: [controller, --webhook-port=9443]
        env: [{name: OPERATOR_IMAGE_NAME, value: ${PUBLISHED}}, {name: WATCH_NAMESPACE, value: ""}]
        resources: {limits: {cpu: 100m}}
        startupProbe: {httpGet: {path: /readyz, port: 9443}, periodSeconds: 5}
        readinessProbe: {httpGet: {path: /readyz, port: 9443}}
---
`;

describe('the release manifest of CloudNativePG', () => {
  const [namespace, configMap, deployment, ...more] = operatorManifest(RELEASE, '1.30.0');

  it('is taken over object by object, an empty document left out', () => {
    expect([namespace?.kind, configMap?.kind, deployment?.kind, more]).toEqual([
      'Namespace',
      'ConfigMap',
      'Deployment',
      [],
    ]);
  });

  it('names our own image, which nothing pulls, for the operator and for the pods that it starts', () => {
    expect(deployment).toMatchObject({
      spec: {
        template: {
          spec: {
            containers: [
              {
                image: 'localhost/cloudnative-pg:1.30.0',
                imagePullPolicy: 'IfNotPresent',
                env: [
                  { name: 'OPERATOR_IMAGE_NAME', value: 'localhost/cloudnative-pg:1.30.0' },
                  { name: 'WATCH_NAMESPACE', value: '' },
                ],
              },
            ],
          },
        },
      },
    });
  });

  it('is let start faster: no limit of a tenth of a core, and probes by the second', () => {
    expect(deployment).toMatchObject({
      spec: {
        template: {
          spec: {
            containers: [
              {
                resources: { requests: { cpu: '50m', memory: '100Mi' } },
                startupProbe: { httpGet: { path: '/readyz', port: 9443 }, periodSeconds: 1 },
                readinessProbe: { httpGet: { path: '/readyz', port: 9443 }, periodSeconds: 2 },
              },
            ],
          },
        },
      },
    });
    expect(JSON.stringify(deployment)).not.toContain('limits');
  });

  it('keeps the rest as it was published', () => {
    expect(configMap).toMatchObject({ data: { image: PUBLISHED } });
    expect(deployment).toMatchObject({
      metadata: { name: 'cnpg-controller-manager', namespace: 'cnpg-system' },
      spec: {
        replicas: 1,
        template: {
          spec: {
            serviceAccountName: 'cnpg-manager',
            containers: [{ name: 'manager', args: ['controller', '--webhook-port=9443'] }],
          },
        },
      },
    });
  });

  it('is refused when a document is no Kubernetes object', () => {
    expect(() => operatorManifest('kind: Thing', '1.30.0')).toThrow(
      'the release manifest of CloudNativePG 1.30.0 holds a document that is no Kubernetes object',
    );
  });
});
