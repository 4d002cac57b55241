import { RELOADER } from '../common/names.ts';
import { reloaderManifests } from '../common/reloader-manifests.ts';
import type { Place } from './place.ts';
import type { Reloaders } from './reloader-section.ts';
import type { KubernetesManifest } from './schema.ts';

/** Of a namespace in which the sandbox's own Reloader does nothing. */
export const OWN_RELOADER = { 'cnpg-rotator.dev/own-reloader': 'true' } as const;
/** Of the sandbox's own Reloader, wherever worlds are played. */
export const LEAVES_THOSE_ALONE = '--namespace-selector=cnpg-rotator.dev/own-reloader!=true';

/** A Deployment for each Reloader in each namespace of the world. */
export function reloaderDeployments(reloaders: Reloaders | undefined, place: Place): readonly KubernetesManifest[] {
  const { are = [] } = reloaders ?? {};
  return place.namespaces.flatMap((namespace) =>
    are.map(({ args, version }, index) => {
      const name = `${RELOADER.name}-${index + 1}`;
      const manifest = reloaderManifests(
        'standin',
        args.map((arg) => inPlace(arg, place)),
      ).find(({ kind }) => kind === 'Deployment');
      const { spec } = manifest as unknown as { spec: { template: { spec: { containers: object[] } } } };
      const [container] = spec.template.spec.containers;
      const labels = { 'app.kubernetes.io/name': 'reloader', 'app.kubernetes.io/instance': name };
      return {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { namespace, name, labels },
        spec: {
          ...spec,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              terminationGracePeriodSeconds: 0,
              containers: [
                {
                  ...container,
                  readinessProbe: undefined,
                  image: `localhost/reloader:${version ?? 'sandbox'}`,
                  env: [{ name: 'KUBERNETES_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }],
                },
              ],
            },
          },
        },
      };
    }),
  );
}

/** The namespaces of an argument's list, in the place of the world. */
function inPlace(arg: string, place: Place): string {
  return arg.replace(/(?<=[=,])[a-z0-9-]+(?=,|$)/g, (name) => (place.names.includes(name) ? place.of(name) : name));
}

/** Lets the worker see which Reloaders there are. Our own manifests do not grant that. */
export function rightToSeeReloaders(
  reloaders: Reloaders | undefined,
  place: Place,
  account: string,
): readonly KubernetesManifest[] {
  if (reloaders?.seen !== true) return [];
  const name = `sees-reloaders-${place.id}`;
  const group = 'rbac.authorization.k8s.io';
  return [
    {
      apiVersion: `${group}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        { apiGroups: ['apps'], resources: ['deployments'], verbs: ['list'] },
        { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
      ],
    },
    {
      apiVersion: `${group}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace: place.home }],
    },
  ];
}
