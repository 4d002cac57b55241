import type { Component } from '../../../src/domain/component.ts';
import { reloaderVariable } from '../../../src/domain/proofs/reloader.ts';
import { until } from '../../../sandbox/harness/until.ts';
import type { World } from '../../../sandbox/harness/world.ts';

/** A workload of one pod beside the component's own, which sleeps and reads what the test wants. */
export interface Reader {
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly name: string;
  /** Of its one container: the environment, a probe, another command. */
  readonly container: object;
  readonly volumes?: readonly object[];
  /** How long a pod may take to end. Default 0. */
  readonly graceSeconds?: number;
  /** Whether Reloader shall watch it. Default: yes. */
  readonly watched?: boolean;
  /** More of its spec. */
  readonly spec?: object;
}

/** Reloader's hash of the component's Secret, where it stands on the pod template of its Deployment. */
export async function reloadersHash(world: World, { namespace, name, secret }: Component): Promise<string | undefined> {
  const { spec } = await world.apps.readNamespacedDeployment({ namespace, name });
  const [container] = spec?.template.spec?.containers ?? [];
  return container?.env?.find((variable) => variable.name === reloaderVariable(secret))?.value;
}

/** Deploys it with Reloader's annotation, and waits until it is ready. */
export async function deployReader(world: World, component: Component, reader: Reader): Promise<void> {
  const { namespace } = component;
  const { kind, name, container, volumes, graceSeconds = 0, watched = true, spec } = reader;
  const { imageName: image } = (await world.cluster(component)).spec as { imageName: string };
  const labels = { app: name };
  const command = ['sleep', 'infinity'];
  await world.apply({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace, annotations: { 'reloader.stakater.com/auto': String(watched) } },
    spec: {
      replicas: 1,
      ...spec,
      ...(kind === 'StatefulSet' && { serviceName: name }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: graceSeconds,
          containers: [{ name: 'reader', image, imagePullPolicy: 'IfNotPresent', command, ...container }],
          volumes,
        },
      },
    },
  });
  const live = () =>
    kind === 'Deployment'
      ? world.apps.readNamespacedDeployment({ namespace, name })
      : world.apps.readNamespacedStatefulSet({ namespace, name });
  await until(`${name} to be ready`, async () => (await live()).status?.readyReplicas === 1, 60_000);
}
