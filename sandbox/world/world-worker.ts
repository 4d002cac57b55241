import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { ownNamespace } from './commands.ts';
import { fluxNamespace, type WorldGit } from './git.ts';
import type { LoadedWorld } from './load.ts';
import { consumersOf, placedEntry, type Place, type PlacedComponent } from './place.ts';
import { rightToSeeReloaders } from './reloader.ts';
import { ACCOUNT, rightsFiles, rightsOf, writeKubeconfig } from './rights.ts';
import type { KubernetesManifest } from './schema.ts';
import type { Stage } from './stage.ts';

/** The worker of one world, with the rights of our manifests and with the world's catalogue. */
export class WorldWorker {
  #environment: Record<string, string> = {};

  constructor(
    private readonly stage: Stage,
    private readonly world: LoadedWorld,
    private readonly place: Place,
    private readonly components: readonly PlacedComponent[],
  ) {}

  /** Grants the rights and writes the catalogue. @returns the client of the world's own Temporal namespace. */
  async prepare(folder: string, secrets: readonly KubernetesManifest[], git: WorldGit | undefined): Promise<Client> {
    const { stage, world, place } = this;
    await this.#grant(secrets);
    const kubeconfig = path.join(folder, 'kubeconfig');
    await writeKubeconfig(stage.kube.config, place.home, kubeconfig);
    const catalogue = path.join(folder, 'components.yaml');
    const components = world.catalogue.components.map((one) => ({
      // Most worlds have nobody to wait for.
      watchSeconds: 0,
      ...placedEntry(one, place),
    }));
    // JSON is YAML.
    const content = { ...world.catalogue, components };
    writeFileSync(catalogue, JSON.stringify(git?.inCatalogue(content) ?? content, undefined, 2));
    const namespace = await ownNamespace(stage.temporal.connection, world.id);
    this.#environment = {
      KUBECONFIG: kubeconfig,
      CNPG_ROTATOR_COMPONENTS: catalogue,
      TEMPORAL_ADDRESS: stage.temporal.address,
      TEMPORAL_NAMESPACE: namespace,
    };
    return new Client({ connection: stage.temporal.connection, namespace });
  }

  async #grant(secrets: readonly KubernetesManifest[]): Promise<void> {
    const { stage, world, place } = this;
    const actions = JSON.stringify(world.do);
    const adopts = world.rights.adoption ?? /adopt|undo/.test(actions);
    const rights = rightsOf({
      ...{ place, components: this.components, secrets, without: world.rights.without },
      consumers: world.catalogue.components.flatMap(consumersOf).map(({ namespace }) => place.of(namespace)),
      ownerSecrets: [...actions.matchAll(/"ownerSecret":"([^"]+)"/g)].map(([, name = '']) => name),
      files: rightsFiles({ adopts, git: world.git !== undefined }),
      flux: fluxNamespace(place),
    });
    if (world.git !== undefined) await stage.kube.createNamespace(fluxNamespace(place));
    for (const object of [...rights, ...rightToSeeReloaders(world.reloaders, place, ACCOUNT)])
      await stage.kube.apply(object);
  }

  start(): Promise<void> {
    return this.stage.workers.startWorker(this.place.id, this.#environment);
  }

  stop(): Promise<void> {
    return this.stage.workers.stopWorker(this.place.id);
  }

  /** Comes back after so many seconds, unless the world is over by then. */
  async beAway(seconds: number, signal: AbortSignal): Promise<void> {
    await this.stop();
    await sleep(seconds * 1_000, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await this.start();
  }
}
