import { OPERATOR, IMAGE } from '../common/names.ts';
import { applicationManifest, databaseManifests, newPassword } from '../common/component-manifests.ts';
import type { Component } from '../common/components.ts';
import { CNPG_VERSIONS, type CnpgVersion } from '../common/options.ts';
import { reloaderManifests } from '../common/reloader-manifests.ts';
import type { KubernetesObject, Store } from './api/index.ts';
import { apiVersionOf, RESOURCES } from './api/resources.ts';
import type { ReloadStrategy } from './controllers/reloader-options.ts';
import { PACKAGED_POSTGRES, postgresImage } from './postgres/versions.ts';

/** The version of the server that npm brings; CNPG's images are tagged so. */
export const POSTGRES_IMAGE = postgresImage(PACKAGED_POSTGRES);

/** Each application of the real sandbox logs in every 100 ms: too much for eight beside everything else on two cores. */
const LOGIN_INTERVAL = '250ms';

/** What the operator and Reloader run in is there for everybody to see and to scale; what they do is done elsewhere. */
export const IMAGES_WITHOUT_A_PROGRAM: ReadonlySet<string> = new Set([
  ...CNPG_VERSIONS.map((version) => IMAGE.cnpg(version)),
  IMAGE.reloader,
  POSTGRES_IMAGE,
]);

export function namespaceManifests(names: readonly string[]): object[] {
  return names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
}

export function operatorManifest(version: CnpgVersion): object {
  const labels = { 'app.kubernetes.io/name': 'cloudnative-pg' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: OPERATOR.deployment, namespace: OPERATOR.namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 10, containers: [{ name: 'manager', image: IMAGE.cnpg(version) }] },
      },
    },
  };
}

export function reloaderManifest(strategy: ReloadStrategy, args: readonly string[] = []): readonly object[] {
  const manifests = reloaderManifests(strategy === 'annotations' ? 'standin-annotations' : 'standin', args);
  return withoutProbes(manifests);
}

/** The real sandbox's own manifests, so that both have the same components. */
export function componentManifests(of: Component): {
  readonly database: readonly object[];
  readonly application: object;
} {
  const database = databaseManifests(of, POSTGRES_IMAGE, newPassword()).filter(({ kind }) => kind !== 'Namespace');
  return { database, application: replaceText(applicationManifest(of), '100ms', LOGIN_INTERVAL) as object };
}

/** Creates what is not there. */
export function createAll(store: Store, manifests: readonly object[]): void {
  for (const manifest of manifests) {
    const object = manifest as KubernetesObject;
    const resource = RESOURCES.find((one) => one.kind === object.kind && apiVersionOf(one) === object.apiVersion);
    if (resource === undefined)
      throw new Error(`the embedded sandbox has no ${object.kind ?? 'objects without a kind'}`);
    const { name = '', namespace } = object.metadata ?? {};
    const key = { name, namespace };
    if (store.find(resource.name, key) === undefined)
      store.create(resource.name, object, { manager: 'cnpg-rotator-sandbox' });
  }
}

function withoutProbes(value: readonly object[]): readonly object[] {
  return JSON.parse(
    JSON.stringify(value, (key, entry: unknown) => (key === 'readinessProbe' ? undefined : entry)),
  ) as object[];
}

function replaceText(value: unknown, from: string, to: string): unknown {
  return JSON.parse(JSON.stringify(value, (_, entry: unknown) => (entry === from ? to : entry)));
}
