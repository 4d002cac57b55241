import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import getPort from 'get-port';
import type { Dependencies } from './activities/dependencies.ts';
import { readComponentState } from './activities/gather/component-state.ts';
import { connectDependencies } from './activities/proof/connect.ts';
import { createActivities, createAdoptionActivities } from './activities/index.ts';
import { stateOf, temporalIdentity } from './activities/staging/owner.ts';
import { createWorkerActivities } from './activities/worker-activities.ts';
import { findComponent, loadCatalogue, type Catalogue } from './catalogue/catalogue.ts';
import { countWaiting } from './client/waiting.ts';
import { API_CALL_TIMEOUT_MS, METRIC_BUCKETS, OWN_WORKER_SECONDS, SHUTDOWN_GRACE_MS } from './domain/budgets.ts';
import { RotationError, messageOf } from './domain/failures.ts';
import { refuseForeignWorkers, workerIdentity } from './temporal/foreign-workers.ts';
import type { KubernetesIdentity } from './domain/kubernetes-identity.ts';
import { connectKubernetes, type KubernetesConnection } from './kubernetes/connection.ts';
import { readIdentity } from './kubernetes/identity.ts';
import { logger, temporalLogger } from './log.ts';
import { isMain } from './main-module.ts';
import { monitor } from './monitoring/monitor.ts';
import { workerDeployment } from './temporal/deployment.ts';
import { dataConverter } from './temporal/payloads/data-converter.ts';
import { requireKeysOfRunning, requireKeysOfWorkers } from './temporal/payloads/require-keys.ts';
import { ensureSearchAttributes } from './temporal/search-attributes.ts';
import { temporalTarget, temporalUnreachable, type TemporalTarget } from './temporal/target.ts';
import { taskQueueOf } from './temporal/task-queue.ts';
import { flushTraces, traces } from './temporal/traces/traces.ts';
import { workflowCode } from './temporal/workflow-code.ts';

/** The cluster on which a worker of this process rotates. @throws RotationError `KubeconfigAbsent`. */
export function connectCluster(context?: string): KubernetesConnection {
  return connectKubernetes({ context, callTimeoutMs: API_CALL_TIMEOUT_MS });
}

/** Which cluster this is. @throws RotationError `KubernetesForbidden` where the cluster's identity may not be read. */
export function identifyCluster(kubernetes: KubernetesConnection): Promise<KubernetesIdentity> {
  return readIdentity(kubernetes);
}

function dependenciesOf(kubernetes: KubernetesConnection, catalogue: Catalogue): Dependencies {
  return connectDependencies(
    kubernetes,
    (name) => findComponent(catalogue, name),
    (name) => catalogue.hooks.get(name),
  );
}

/** A worker that is ready to run; `run()` ends after SIGINT, SIGTERM or `shutdown()`. */
export async function createWorker(target: TemporalTarget, kubernetes: KubernetesConnection): Promise<Worker> {
  const catalogue = loadCatalogue();
  const dependencies = dependenciesOf(kubernetes, catalogue);
  const connection = await NativeConnection.connect(target.connection).catch((error: unknown) => {
    throw temporalUnreachable(target, messageOf(error));
  });
  const uid = await knownUid(kubernetes);
  if (uid !== undefined) await refuseForeignWorkers(connection, target, uid);
  await requireKeysOfWorkers(connection.workflowService, target);
  await requireKeysOfRunning(connection.workflowService, target);
  const keys = target.payloadKeys ?? [];
  const encrypts = keys.length > 0;
  const traced = await traces({ withoutMessages: encrypts });
  return Worker.create({
    connection,
    identity: workerIdentity(uid, keys[0]?.id),
    namespace: target.namespace,
    taskQueue: target.taskQueue,
    ...(await workflowCode({ encrypts, traced: traced !== undefined })),
    dataConverter: dataConverter(keys),
    ...traced?.worker,
    ...workerDeployment(),
    activities: {
      ...createActivities(dependencies),
      ...createAdoptionActivities(dependencies),
      ...createWorkerActivities(dependencies, {
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
  try {
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    await flushTraces();
  }
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

/**
 * Must be called once, before anything of Temporal is used.
 * @param metricsPort of 127.0.0.1, where the SDK shows its metrics. Default: nowhere.
 */
export function installRuntime(metricsPort?: number): void {
  Runtime.install({
    logger: temporalLogger(),
    ...(metricsPort !== undefined && {
      telemetryOptions: {
        metrics: {
          prometheus: {
            bindAddress: `127.0.0.1:${metricsPort}`,
            countersTotalSuffix: true,
            useSecondsForDurations: true,
            histogramBucketOverrides: METRIC_BUCKETS,
          },
        },
      },
    }),
  });
}

/**
 * The port of `/healthz`, `/readyz` and `/metrics`, from `CNPG_ROTATOR_HTTP_PORT`. Default: none.
 * @throws RotationError `InvalidConfiguration`.
 */
export function monitoringPort(text = process.env['CNPG_ROTATOR_HTTP_PORT']): number | undefined {
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new RotationError('InvalidConfiguration', 'CNPG_ROTATOR_HTTP_PORT must be a port from 1 to 65535.');
}

/** Watches the workers of this process for the kubelet and for Prometheus. */
async function startMonitor(port: number, metricsPort: number, workers: readonly Worker[], of: Serving) {
  const catalogue = loadCatalogue();
  const connection = await NativeConnection.connect(of.target.connection);
  const client = new Client({
    connection,
    namespace: of.target.namespace,
    dataConverter: dataConverter(of.target.payloadKeys),
  });
  const deps: Dependencies = {
    ...dependenciesOf(of.kubernetes, catalogue),
    // An activity has a client of its own. This look is no activity.
    temporalIdentity: () => temporalIdentity(client),
    stateOf: (owner) => stateOf(owner, client),
  };
  return monitor({
    port,
    workerStates: () => workers.map((worker) => worker.getState()),
    components: catalogue.components,
    readState: (one) => readComponentState(deps, one),
    countWaiting: () => countWaiting(client),
    sdkMetrics: `http://127.0.0.1:${metricsPort}/metrics`,
  });
}

interface Serving {
  readonly target: TemporalTarget;
  readonly kubernetes: KubernetesConnection;
}

async function main(): Promise<void> {
  const port = monitoringPort();
  const metricsPort = port === undefined ? undefined : await getPort({ host: '127.0.0.1' });
  installRuntime(metricsPort);
  const target = temporalTarget();
  const kubernetes = connectCluster();
  const workers = await createWorkers(target, kubernetes);
  if (port !== undefined && metricsPort !== undefined)
    await startMonitor(port, metricsPort, workers, { target, kubernetes });
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
