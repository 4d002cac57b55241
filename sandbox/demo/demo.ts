import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import pc from 'picocolors';
import { GitOps } from '../gitops/gitops.ts';
import { haveSops } from '../gitops/tools.ts';
import { COMPONENTS } from '../common/components.ts';
import { createProgress, type Progress } from '../common/progress.ts';
import { workerKubeconfig } from '../common/worker-account.ts';
import { connectClient } from '../../src/client/connect.ts';
import { Adoptions } from './adoptions.ts';
import { writeCatalogue } from './catalogue.ts';
import { openCluster, type OpenCluster } from '../open-cluster.ts';
import { Logins } from './logins.ts';
import type { DemoOptions } from './options.ts';
import { Releasers } from '../common/releasers.ts';
import { isProven, type DemoReport } from './report.ts';
import { prove, rotate } from './rotate.ts';
import type { Stage } from './stage.ts';
import { startTemporal, targetOf } from '../common/temporal.ts';
import { startWorker } from './worker.ts';

/** Begins the name of the demo's temporary folder: a test looks for it. */
export const DEMO_FOLDER_PREFIX = 'cnpg-rotator-demo-';

/**
 * Sets everything up, rotates the components, and ends all that it started, however that goes.
 * @param stay called with the report while everything is still up.
 */
export async function demo(
  options: DemoOptions,
  signal: AbortSignal,
  stay: (report: DemoReport, addresses: Stage['addresses']) => Promise<void>,
): Promise<DemoReport> {
  const startedAt = new Date();
  const progress = createProgress();
  const releasers = new Releasers();
  try {
    const stage = await setUp(options, progress, releasers, signal);
    progress.say(`Web UI: ${pc.cyan(stage.addresses.webUi)}`);
    const adoptions = new Adoptions(options, stage);
    // While the worker is there, that is before it is released.
    releasers.push(() => adoptions.undo());
    if (options.strategy === 'alternating') {
      progress.say('Each component gets two roles that take turns:');
      await adoptions.adopt(signal);
      progress.say('Now they are rotated:');
    }
    await stage.logins.before();
    const batch = await rotate(options, stage, signal);
    const { gitops } = stage;
    if (gitops !== undefined)
      await progress.run('Flux reconciles everything once more', () => gitops.reconcile(signal));
    const components = await progress.run('Log in with the new and the old passwords', () =>
      prove(batch, stage, adoptions),
    );
    const report: DemoReport = {
      version: 1,
      cluster: options.cluster,
      strategy: options.strategy,
      source: options.source,
      outcome: batch.outcome,
      proven: isProven(components),
      startedAt: startedAt.toISOString(),
      seconds: Math.round((Date.now() - startedAt.getTime()) / 100) / 10,
      phases: progress.phases,
      ...(gitops !== undefined && { commits: await gitops.repository.log() }),
      components,
    };
    await stay(report, stage.addresses);
    return report;
  } finally {
    await releasers.release();
  }
}

async function setUp(
  options: DemoOptions,
  progress: Progress,
  releasers: Releasers,
  signal: AbortSignal,
): Promise<Stage> {
  const { cluster: choice, components } = options;
  // What is missing is told before anything is started.
  if (options.source === 'gitops') await progress.run('Find Git, SOPS and age', (note) => haveSops(signal, note));
  const folder = mkdtempSync(path.join(tmpdir(), DEMO_FOLDER_PREFIX));
  releasers.push(() => rmSync(folder, { recursive: true, force: true }));
  // It starts while the cluster does; whatever becomes of that, it is stopped.
  const starting = startTemporal(folder);
  // Without Temporal there is no need to wait for the cluster.
  const inVain = new AbortController();
  starting.catch((error: unknown) => inVain.abort(error));
  releasers.push(async () => (await starting.catch(() => undefined))?.stop());
  const cluster = await progress.run(
    choice === 'embedded'
      ? 'Start the embedded cluster: PostgreSQL, CloudNativePG, Reloader, the applications'
      : 'Look at the real sandbox',
    () => openCluster(choice, components, AbortSignal.any([signal, inVain.signal])),
  );
  releasers.push(() => cluster.close());
  const gitops =
    options.source === 'gitops' ? await startGitOps(options, cluster, folder, progress, signal) : undefined;
  releasers.push(() => gitops?.stop());
  const catalogue = writeCatalogue(folder, options, gitops?.catalogue);
  const temporal = await progress.run('Start Temporal', () => starting);
  signal.throwIfAborted();
  const worker = await progress.run('Start the worker', async () =>
    startWorker({
      kubeconfig: await writeKubeconfig(cluster, folder, options),
      temporalAddress: temporal.address,
      catalogue,
      logFile: path.join(folder, 'worker.log'),
      signal,
    }),
  );
  releasers.push(() => worker.stop());
  // Not closed: a call that is being tried again would throw where nobody can catch it. It ends with the process.
  const client = await connectClient(targetOf(temporal));
  const logins = new Logins(cluster.kubeconfig, catalogue);
  return {
    client,
    logins,
    gitops,
    died: Promise.race([
      worker.ended.then(() => 'the worker'),
      temporal.ended.then(() => 'Temporal’s development server'),
    ]),
    addresses: { webUi: temporal.webUi, temporal: temporal.address, kubeconfig: cluster.kubeconfig },
  };
}

/** For a worker with the rights that its work needs, and no more. */
function writeKubeconfig({ kubeconfig }: OpenCluster, folder: string, options: DemoOptions): Promise<string> {
  const administrator = new KubeConfig();
  administrator.loadFromFile(kubeconfig);
  return workerKubeconfig(administrator, path.join(folder, 'kubeconfig'), [
    'deploy/rbac.yaml',
    ...(options.strategy === 'alternating' ? ['deploy/rbac-adoption.yaml'] : []),
    ...(options.source === 'gitops' ? ['deploy/rbac-gitops.yaml'] : []),
  ]);
}

function startGitOps(
  { components }: DemoOptions,
  { kubeconfig }: OpenCluster,
  folder: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<GitOps> {
  return progress.run('Put the Secrets into a Git repository, under Flux', () =>
    GitOps.start({
      kubeconfig,
      folder: path.join(folder, 'gitops'),
      components: components.map((name) => COMPONENTS[name]),
      signal,
    }),
  );
}
