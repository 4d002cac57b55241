import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { Connection } from '@temporalio/client';
import { openCluster, type ClusterChoice } from '../open-cluster.ts';
import { ensureBuilt } from '../common/built.ts';
import { Releasers } from '../common/releasers.ts';
import { startTemporal } from '../common/temporal.ts';
import { EmbeddedSandbox, POSTGRES_IMAGE } from '../embedded/index.ts';
import type { Progress } from '../common/progress.ts';
import { bringPgbouncer } from '../real/pgbouncer.ts';
import { RolloutsBeside } from '../real/rollouts.ts';
import { Kube } from './kube.ts';
import type { LoadedWorld } from './load.ts';
import { hasPooler } from './poolers.ts';
import { LEAVES_THOSE_ALONE } from './reloader.ts';
import { Workers } from './workers.ts';

/** What the worlds of one run share. */
export interface Stage {
  readonly cluster: ClusterChoice;
  readonly kube: Kube;
  /** The administrator's. */
  readonly kubeconfig: string;
  /** Of PostgreSQL, for the Clusters that are made. */
  readonly image: string;
  /** Of PgBouncer, for the Poolers; absent where no world has one. */
  readonly pgbouncer?: string;
  readonly temporal: { readonly address: string; readonly webUi: string; readonly connection: Connection };
  readonly workers: Workers;
  readonly folder: string;
  /** Sets the worlds of this run apart from those of others on the same cluster. */
  readonly run: string;
  close(): Promise<void>;
}

const FOLDER_PREFIX = 'cnpg-rotator-world-';

/** A cluster, a Temporal server and a process for the workers. Whatever fails, what had started is ended. */
export async function openStage(
  cluster: ClusterChoice,
  worlds: readonly LoadedWorld[],
  progress: Progress,
  signal: AbortSignal,
): Promise<Stage> {
  const releasers = new Releasers();
  try {
    const folder = mkdtempSync(path.join(tmpdir(), FOLDER_PREFIX));
    releasers.push(() => rmSync(folder, { recursive: true, force: true }));
    await progress.run('Look whether the program is built', () => ensureBuilt(signal));
    const parts = [startTemporal(folder), Workers.start(), openAny(cluster, signal)] as const;
    // Ended in any case, also when another of them does not start.
    releasers.push(async () => (await parts[0].catch(() => undefined))?.stop());
    releasers.push(async () => (await parts[1].catch(() => undefined))?.close());
    releasers.push(async () => (await parts[2].catch(() => undefined))?.close());
    const [temporal, workers, opened] = await progress.run(
      `Start ${cluster === 'embedded' ? 'the embedded sandbox' : 'beside the real sandbox'}, Temporal and the workers' process`,
      () => Promise.all(parts),
    );
    signal.throwIfAborted();
    if (cluster === 'real' && worlds.some(hasRollout)) {
      const rollouts = await progress.run('Argo Rollouts', () => RolloutsBeside.start(opened.kubeconfig));
      releasers.push(() => rollouts.stop());
    }
    const pgbouncer =
      cluster === 'real' && worlds.some(hasPooler)
        ? await progress.run('PgBouncer', () => bringPgbouncer(signal))
        : undefined;
    const connection = await Connection.connect({ address: temporal.address });
    releasers.push(() => connection.close());
    const config = new KubeConfig();
    config.loadFromFile(opened.kubeconfig);
    const kube = new Kube(config);
    return {
      ...{ cluster, kube, workers, folder, ...(pgbouncer !== undefined && { pgbouncer }) },
      kubeconfig: opened.kubeconfig,
      image: cluster === 'embedded' ? POSTGRES_IMAGE : await imageOf(kube),
      temporal: { address: temporal.address, webUi: temporal.webUi, connection },
      run: cluster === 'embedded' ? '' : Date.now().toString(36).slice(-4),
      close: () => releasers.release(),
    };
  } catch (error) {
    await releasers.release();
    throw error;
  }
}

function openAny(cluster: ClusterChoice, signal: AbortSignal) {
  return cluster === 'embedded'
    ? EmbeddedSandbox.start({
        ...{ components: [], unknownImagesStandStill: true, rollouts: true, signal },
        reloaderArgs: [LEAVES_THOSE_ALONE],
      })
    : openCluster('real', [], signal);
}

/** Whether it needs a kind that the real sandbox has only while somebody needs it. */
function hasRollout({ cluster, objects, applications = [], unplayable }: LoadedWorld): boolean {
  return (
    cluster.real && unplayable === undefined && [...objects, ...applications].some(({ kind }) => kind === 'Rollout')
  );
}

/** The real sandbox's own Clusters tell which image its node has. */
async function imageOf(kube: Kube): Promise<string> {
  const metadata = { name: 'litellm-postgresql', namespace: 'ai-system' };
  const found = await kube.read({ apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', metadata });
  const { imageName } = (found?.['spec'] ?? {}) as { imageName?: string };
  if (imageName === undefined) throw new Error('the real sandbox has no component litellm to take the image from');
  return imageName;
}
