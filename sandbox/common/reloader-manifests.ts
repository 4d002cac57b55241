import type { KubernetesObject } from './kubernetes-object.ts';
import { IMAGE, RELOADER } from './names.ts';
import { isStandin, type ReloaderChoice } from './options.ts';

/** Reloader, with the rights of the real one's chart. */
export function reloaderManifests(choice: ReloaderChoice, more: readonly string[] = []): KubernetesObject[] {
  const args = [...(choice === 'standin-annotations' ? ['--reload-strategy=annotations'] : []), ...more];
  const metadata = { name: RELOADER.name, namespace: RELOADER.namespace };
  const labels = { 'app.kubernetes.io/name': 'reloader' };
  const rule = (groups: string[], resources: string[], verbs: string[]) => ({ apiGroups: groups, resources, verbs });
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: RELOADER.name },
      rules: [
        rule([''], ['secrets', 'configmaps'], ['list', 'get', 'watch']),
        rule(['apps'], ['deployments', 'daemonsets', 'statefulsets'], ['list', 'get', 'update', 'patch']),
        // For the labels that --namespace-selector wants.
        rule([''], ['namespaces'], ['get', 'list', 'watch']),
        rule(['batch'], ['cronjobs'], ['list', 'get']),
        rule(['batch'], ['jobs'], ['create', 'delete', 'list', 'get']),
        rule([''], ['events'], ['create', 'patch']),
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: RELOADER.name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: RELOADER.name },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...metadata, labels, annotations: { 'cnpg-rotator.dev/sandbox-reloader': choice } },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: RELOADER.name,
            terminationGracePeriodSeconds: 2,
            containers: [
              {
                name: RELOADER.name,
                image: IMAGE.reloader,
                imagePullPolicy: 'IfNotPresent',
                ...(args.length > 0 && { args }),
                readinessProbe: {
                  httpGet: { path: isStandin(choice) ? '/live' : '/metrics', port: 9090 },
                  periodSeconds: 1,
                },
                resources: { requests: { cpu: '10m', memory: '32Mi' } },
              },
            ],
          },
        },
      },
    },
  ];
}
