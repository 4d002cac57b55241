import path from 'node:path';
import { ApiException, RbacAuthorizationV1Api, type V1Pod } from '@kubernetes/client-node';
import { build } from '../../../sandbox/common/go-build.ts';
import { kubectl } from '../../../sandbox/real/builds.ts';
import { bringWorkerImage } from '../../../sandbox/real/worker-image.ts';
import { run, type Environment, type Finished } from '../../../sandbox/harness/programs.ts';
import { until } from '../../../sandbox/harness/until.ts';
import type { World } from '../../../sandbox/harness/world.ts';
import { chartTool } from '../../../tools/chart/builds.ts';

const NAMESPACE = 'cnpg-rotator';
const RELEASE = 'cnpg-rotator';
const BUILD_MINUTES = 10;
const MINUTE = 60_000;

/** Builds Helm, kubectl and the worker's image where the cache lacks them, and brings the image to the node. */
export async function prepareRelease(): Promise<string> {
  const signal = AbortSignal.timeout(BUILD_MINUTES * MINUTE);
  const note = (): void => undefined;
  for (const program of [chartTool('helm'), kubectl()]) await build(program, signal, note);
  return bringWorkerImage('worker', signal, note);
}

/** The chart of this project, installed as docs/installing.md says. */
export class Release {
  readonly #environment: Environment;

  /** @param folder for Helm's own files. */
  constructor(
    private readonly world: World,
    private readonly image: string,
    folder: string,
  ) {
    const helm = ['CACHE', 'CONFIG', 'DATA'].map((what) => [`HELM_${what}_HOME`, path.join(folder, 'helm', what)]);
    this.#environment = { ...(Object.fromEntries(helm) as Environment), KUBECONFIG: world.sandbox.kubeconfig };
  }

  /** Installs the release, and waits until its worker is ready. @param set as `rights.exec=true`. */
  install(set: readonly string[] = []): Promise<string> {
    return this.#helm(['install', ...this.#chart(set), '--create-namespace']);
  }

  upgrade(set: readonly string[] = []): Promise<string> {
    return this.#helm(['upgrade', ...this.#chart(set)]);
  }

  uninstall(): Promise<string> {
    return this.#helm(['uninstall', RELEASE, '--namespace', NAMESPACE, '--ignore-not-found', '--wait']);
  }

  #chart(set: readonly string[]): readonly string[] {
    const [repository = ''] = this.image.split(/:(?=[^:/]*$)/);
    return [
      ...[RELEASE, 'deploy/chart', '--namespace', NAMESPACE, '--values', 'components.yaml'],
      ...[`image.repository=${repository}`, ...set].flatMap((value) => ['--set', value]),
      ...['--wait', '--timeout', '3m'],
    ];
  }

  async #helm(args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run(chartTool('helm').binary, args, this.#environment);
    if (code === 0) return stdout;
    throw new Error(`helm ${args[0] ?? ''} ended with ${code ?? 'a signal'}: ${stderr}`);
  }

  /** Runs a program in a pod of the worker. */
  exec(...program: readonly string[]): Promise<Finished> {
    const where = ['exec', `deployment/${RELEASE}`, '--namespace', NAMESPACE, '--'];
    return run(kubectl().binary, [...where, ...program], this.#environment);
  }

  /** The worker's pods that are not being removed. */
  async pods(): Promise<readonly V1Pod[]> {
    const labelSelector = `app.kubernetes.io/instance=${RELEASE}`;
    const { items } = await this.world.core.listNamespacedPod({ namespace: NAMESPACE, labelSelector });
    return items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  }

  /** Removes every pod of the worker at once, as when their node loses its power. */
  async killPods(): Promise<void> {
    const labelSelector = `app.kubernetes.io/instance=${RELEASE}`;
    await this.world.core.deleteCollectionNamespacedPod({
      namespace: NAMESPACE,
      labelSelector,
      gracePeriodSeconds: 0,
    });
  }

  /** Asks for a pod's eviction, as "kubectl drain" does. @returns the status of the answer. */
  async evict(pod: V1Pod): Promise<number> {
    const name = pod.metadata?.name ?? '';
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: NAMESPACE } };
    try {
      await this.world.core.createNamespacedPodEviction({ namespace: NAMESPACE, name, body });
      return 201;
    } catch (error) {
      if (error instanceof ApiException) return error.code;
      throw error;
    }
  }

  /** Waits until the Deployment is as it is wanted. */
  async untilComplete(): Promise<void> {
    await until(
      "the worker's Deployment to be complete",
      async () => {
        const { spec, status } = await this.world.apps.readNamespacedDeployment({
          namespace: NAMESPACE,
          name: RELEASE,
        });
        return status?.availableReplicas === spec?.replicas && status?.updatedReplicas === spec?.replicas;
      },
      2 * MINUTE,
    );
  }

  /** What the worker's pods have printed so far, each with its name. */
  async logs(): Promise<ReadonlyMap<string, string>> {
    const logs = new Map<string, string>();
    for (const { metadata } of await this.pods()) {
      const name = metadata?.name ?? '';
      // A pod that has not begun has printed nothing.
      logs.set(name, await this.world.core.readNamespacedPodLog({ namespace: NAMESPACE, name }).catch(() => ''));
    }
    return logs;
  }

  /**
   * Removes the worker's account and Roles that other tests applied from deploy/: Helm takes no object over that Helm did
   * not make.
   */
  async removeManifests(): Promise<void> {
    const rbac = this.world.config.makeApiClient(RbacAuthorizationV1Api);
    const orAbsent = async (deletion: Promise<unknown>): Promise<void> => {
      await deletion.catch((error: unknown) => {
        if (!(error instanceof ApiException && error.code === 404)) throw error;
      });
    };
    const { items } = await this.world.core.listNamespace();
    for (const namespace of items.map(({ metadata }) => metadata?.name ?? '')) {
      for (const name of [RELEASE, `${RELEASE}-adoption`]) {
        await orAbsent(rbac.deleteNamespacedRoleBinding({ namespace, name }));
        await orAbsent(rbac.deleteNamespacedRole({ namespace, name }));
      }
    }
    await orAbsent(rbac.deleteClusterRoleBinding({ name: RELEASE }));
    await orAbsent(rbac.deleteClusterRole({ name: RELEASE }));
    await orAbsent(this.world.core.deleteNamespacedServiceAccount({ namespace: NAMESPACE, name: RELEASE }));
  }
}
