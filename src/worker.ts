import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { connectDependencies } from './activities/proof/connect.ts';
import { createActivities, createAdoptionActivities } from './activities/index.ts';
import { createWorkerActivities } from './activities/worker-activities.ts';
import { findComponent, loadCatalogue } from './catalogue/catalogue.ts';
import { API_CALL_TIMEOUT_MS, OWN_WORKER_SECONDS, SHUTDOWN_GRACE_MS } from './domain/budgets.ts';
import { RotationError, messageOf } from './domain/failures.ts';
import { refuseForeignWorkers, workerIdentity } from './temporal/foreign-workers.ts';
import type { KubernetesIdentity } from './domain/kubernetes-identity.ts';
import { connectKubernetes, type KubernetesConnection } from './kubernetes/connection.ts';
import { readIdentity } from './kubernetes/identity.ts';
import { logger, temporalLogger } from './log.ts';
import { isMain } from './main-module.ts';
import { ensureSearchAttributes } from './temporal/search-attributes.ts';
import { temporalTarget, temporalUnreachable, type TemporalTarget } from './temporal/target.ts';
import { taskQueueOf } from './temporal/task-queue.ts';

/** The workflows, bundled at build time. Where the bundle is missing (from the sources), the start bundles them. */
const BUNDLE = fileURLToPath(new URL('./workflow-bundle.js', import.meta.url));

function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if (existsSync(BUNDLE)) return { workflowBundle: { codePath: BUNDLE } };
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return { workflowsPath: fileURLToPath(new URL(`./workflows/index.${extension}`, import.meta.url)) };
}

/** The cluster on which a worker of this process rotates. @throws RotationError `KubeconfigAbsent`. */
export function connectCluster(context?: string): KubernetesConnection {
  return connectKubernetes({ context, callTimeoutMs: API_CALL_TIMEOUT_MS });
}

/** Which cluster this is. @throws RotationError `KubernetesForbidden` where the cluster's identity may not be read. */
export function identifyCluster(kubernetes: KubernetesConnection): Promise<KubernetesIdentity> {
  return readIdentity(kubernetes);
}

/** A worker that is ready to run; `run()` ends after SIGINT, SIGTERM or `shutdown()`. */
export async function createWorker(target: TemporalTarget, kubernetes: KubernetesConnection): Promise<Worker> {
  const catalogue = loadCatalogue();
  const dependencies = connectDependencies(kubernetes, (name) => findComponent(catalogue, name));
  const connection = await NativeConnection.connect(target.connection).catch((error: unknown) => {
    throw temporalUnreachable(target, messageOf(error));
  });
  const uid = await knownUid(kubernetes);
  if (uid !== undefined) await refuseForeignWorkers(connection, target, uid);
  return Worker.create({
    connection,
    identity: workerIdentity(uid),
    namespace: target.namespace,
    taskQueue: target.taskQueue,
    ...workflowCode(),
    activities: {
      ...createActivities(dependencies),
      ...createAdoptionActivities(dependencies),
      ...createWorkerActivities({
        componentNames: catalogue.components.map(({ name }) => name),
        searchAttributesAvailable: await ensureSearchAttributes(connection.operatorService, target.namespace),
      }),
    },
    shutdownGraceTime: SHUTDOWN_GRACE_MS,
    stickyQueueScheduleToStartTimeout: `${OWN_WORKER_SECONDS}s`,
  });
}

/**
 * The workers of a process that serves everybody: commands that name no cluster, and workflows that a command with
 * --local left behind on the cluster's own Task Queue. All of these workers are ready to run.
 */
export async function createWorkers(target: TemporalTarget, kubernetes: KubernetesConnection): Promise<Worker[]> {
  const uid = await knownUid(kubernetes);
  const ofCluster = uid === undefined ? [] : [{ ...target, taskQueue: taskQueueOf(uid) }];
  const workers: Worker[] = [];
  for (const one of [target, ...ofCluster]) workers.push(await createWorker(one, kubernetes));
  return workers;
}

/** Runs the workers until SIGINT, SIGTERM or `shutdown()` ends all of them, or one worker fails. */
export async function runWorkers(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.run()));
}

/** Where the uid may not be read, preflight reports this for each component. */
async function knownUid(kubernetes: KubernetesConnection): Promise<string | undefined> {
  try {
    return (await readIdentity(kubernetes)).uid;
  } catch (error) {
    logger.warn({ reason: messageOf(error) }, 'the worker could not read which Kubernetes cluster this is');
    return undefined;
  }
}

/** Must be called once, before anything of Temporal is used. */
export function installRuntime(): void {
  Runtime.install({ logger: temporalLogger() });
}

async function main(): Promise<void> {
  installRuntime();
  const target = temporalTarget();
  const kubernetes = connectCluster();
  const workers = await createWorkers(target, kubernetes);
  logger.info(
    {
      temporal: target.connection.address,
      namespace: target.namespace,
      taskQueue: target.taskQueue,
      kubernetes: kubernetes.contextName,
    },
    'worker started',
  );
  await runWorkers(workers);
  logger.info('worker stopped');
}

if (isMain(import.meta.url)) {
  main().then(
    // Temporal's runtime may keep the process alive for a moment.
    () => process.exit(0),
    (error: unknown) => {
      if (error instanceof RotationError) logger.fatal({ type: error.type }, error.message);
      else logger.fatal({ err: error }, 'the worker failed');
      process.exit(1);
    },
  );
}
