import { mkdirSync, rmSync } from 'node:fs';
import { Api } from '../common/api.ts';
import { createCgroups } from './cgroups.ts';
import { applyOperator } from './cnpg.ts';
import { OPERATOR, RELOADER } from '../common/names.ts';
import { applicationManifest, databaseManifests, newPassword } from '../common/component-manifests.ts';
import { COMPONENTS, type Component } from '../common/components.ts';
import { writeDiagnosis, DIAGNOSIS } from './diagnosis.ts';
import { tearDown } from './down.ts';
import { SandboxError, describeError } from '../common/errors.ts';
import { clusterProblem, deploymentProblem, findProblems } from './health.ts';
import { dnsManifests, storageManifests } from './manifests.ts';
import { lockSandbox } from './lock.ts';
import { isAlive, startInit, watchInit, type Init } from './namespace.ts';
import { createNetwork } from './network.ts';
import { Node, importImage, prepareNode } from './node.ts';
import { decideAdjustment, resolveOptions, type ResolvedOptions } from './options.ts';
import { isStandin, type SandboxOptions } from '../common/options.ts';
import { KUBECONFIG } from './paths.ts';
import { LOGS } from '../common/paths.ts';
import { createPki } from './pki.ts';
import { prepare, type Prepared } from './prepare.ts';
import { createProgress, type Progress } from '../common/progress.ts';
import { reloaderManifests } from '../common/reloader-manifests.ts';
import { reloaderImage } from './reloader-image.ts';
import { readState, writeState, type State } from './state.ts';
import { status, type SandboxStatus } from './status.ts';
import { readSysctls } from './sysctls.ts';
import { waitUntil } from './wait.ts';

export interface UpContext {
  /** Ends the start and cleans up after it. */
  readonly signal?: AbortSignal;
  /** Default: told on stderr. */
  readonly progress?: Progress;
}

/** Brings a sandbox up, or makes sure that the one that is up is well. A start that fails leaves only its logs. */
export async function up(options: SandboxOptions = {}, context: UpContext = {}): Promise<SandboxStatus> {
  const wanted = resolveOptions(options);
  const progress = context.progress ?? createProgress();
  const signal = context.signal ?? new AbortController().signal;
  const release = await lockSandbox(signal, progress);
  try {
    const running = readState();
    if (running?.stage === 'up' && running.init !== undefined && isAlive(running.init)) {
      await adjust(running, running.init, wanted, progress, signal);
    } else {
      if (running !== undefined) await progress.run('Clean up after an earlier start that did not end', tearDown);
      await start(wanted, progress, signal);
    }
    const result = await status();
    if (result === undefined) throw new SandboxError('The sandbox is gone as soon as it was up.', { log: LOGS });
    return result;
  } finally {
    release();
  }
}

async function start(wanted: ResolvedOptions, progress: Progress, signal: AbortSignal): Promise<void> {
  rmSync(LOGS, { recursive: true, force: true });
  mkdirSync(LOGS, { recursive: true, mode: 0o700 });
  const prepared = await prepare(wanted, progress, signal);
  try {
    await bringUp(wanted, prepared, progress, signal);
  } catch (error) {
    // Not for an interrupt: whoever pressed it wants an end, not an inquest.
    if (!signal.aborted) await writeDiagnosis().catch(() => undefined);
    progress.say('Cleaning up.');
    await tearDown().catch((failure: unknown) => {
      progress.say(`The clean-up failed as well: ${describeError(failure)}\nRun "npm run sandbox -- down".`);
    });
    throw error;
  }
}

async function bringUp(
  options: ResolvedOptions,
  prepared: Prepared,
  progress: Progress,
  interrupted: AbortSignal,
): Promise<void> {
  let state: State = {
    stage: 'starting',
    options: { ...options, components: [...options.components] },
    daemons: {},
    sysctls: readSysctls(),
    phases: [],
  };
  const keep = (change: Partial<State>) => {
    state = { ...state, ...change };
    writeState(state);
  };
  const init = await progress.run('Namespaces, network, certificates', async () => {
    keep({});
    await createNetwork(interrupted);
    createCgroups();
    await createPki();
    prepareNode(prepared.binaries);
    const first = await startInit(interrupted);
    keep({ init: first });
    return first;
  });
  const watch = watchInit(init);
  const signal = AbortSignal.any([interrupted, watch.signal]);
  const node = new Node(init, signal);
  const api = await progress.run('Control plane', async () => {
    const [client] = await Promise.all([node.startControlPlane(), node.startContainerd()]);
    keep({ daemons: node.daemons });
    return client;
  });
  try {
    await progress.run('Node', async () => {
      await Promise.all([
        node.startWorker(api),
        importImages(node, prepared.images),
        applyBase(api, prepared, options, signal),
      ]);
      keep({ daemons: node.daemons });
    });
    await progress.run(`CloudNativePG ${options.cnpg}`, () =>
      waitForDeployment(api, OPERATOR.namespace, OPERATOR.deployment, signal),
    );
    await startReloader(api, options, progress, signal);
    await startComponents(
      api,
      options.components.map((name) => COMPONENTS[name]),
      { ...prepared, cnpg: options.cnpg },
      progress,
      signal,
    );
  } finally {
    watch.stop();
    api.close();
  }
  keep({ stage: 'up', phases: [...progress.phases] });
}

async function importImages(node: Node, archives: readonly string[]): Promise<void> {
  for (const archive of archives) await node.importImage(archive);
}

async function applyBase(api: Api, prepared: Prepared, options: ResolvedOptions, signal: AbortSignal): Promise<void> {
  await api.applyAll([...dnsManifests(), ...storageManifests()]);
  await applyOperator(api, prepared.operatorManifest, options.cnpg, signal);
}

async function startReloader(
  api: Api,
  options: ResolvedOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  if (options.reloader === 'none') return;
  await progress.run(isStandin(options.reloader) ? "Reloader's stand-in" : 'Reloader', async () => {
    await api.applyAll(reloaderManifests(options.reloader));
    await waitForDeployment(api, RELOADER.namespace, RELOADER.name, signal);
  });
}

/** What the components run on. */
type Runs = Pick<Prepared, 'postgresImageName'> & { readonly cnpg: string };

/** The first one alone, so that it is ready early; then the others together. */
async function startComponents(
  api: Api,
  components: readonly Component[],
  prepared: Runs,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const [first, ...others] = components;
  for (const group of [first === undefined ? [] : [first], others]) {
    if (group.length === 0) continue;
    await progress.run(group.map(({ name }) => name).join(', '), async (note) => {
      await Promise.all(group.map((of) => startComponent(api, of, prepared, signal, note)));
    });
  }
}

async function startComponent(
  api: Api,
  of: Component,
  { postgresImageName, cnpg }: Runs,
  signal: AbortSignal,
  note: (text: string) => void,
): Promise<void> {
  const log = DIAGNOSIS;
  const manifests = databaseManifests(of, postgresImageName, newPassword(), cnpg);
  // The operator's webhooks answer a moment after its pod is ready.
  await waitUntil({ until: `CloudNativePG accepts the Cluster of ${of.name}`, seconds: 60, log, signal }, async () => {
    await api.applyAll(manifests);
    return true;
  });
  await waitFor(`the database of ${of.name} is healthy`, 300, log, signal, () => clusterProblem(api, of), note);
  await api.apply(applicationManifest(of));
  await waitFor(`${of.name} is ready`, 120, log, signal, () => deploymentProblem(api, of.namespace, of.name), note);
}

function waitForDeployment(api: Api, namespace: string, name: string, signal: AbortSignal): Promise<void> {
  const log = DIAGNOSIS;
  return waitFor(`Deployment ${namespace}/${name} is available`, 180, log, signal, () =>
    deploymentProblem(api, namespace, name),
  );
}

async function waitFor(
  until: string,
  seconds: number,
  log: string,
  signal: AbortSignal,
  problem: () => Promise<string | undefined>,
  note?: (text: string) => void,
): Promise<void> {
  await waitUntil({ until, seconds, log, signal }, async () => {
    const found = await problem();
    if (found === undefined) return true;
    note?.(found);
    throw new Error(found);
  });
}

/** What a second `up` does: nothing, something, or a clear no. */
async function adjust(
  running: State,
  init: Init,
  wanted: ResolvedOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const decision = decideAdjustment(running.options, wanted);
  if (decision.kind === 'impossible') {
    throw new SandboxError(`A sandbox is up, and ${decision.why}.`, { mend: 'run "npm run sandbox -- down" first' });
  }
  if (decision.kind === 'adjust') {
    const api = new Api(KUBECONFIG);
    try {
      const prepared = await prepare(wanted, progress, signal);
      if (decision.changeReloader) await changeReloader(api, init, wanted, progress, signal);
      const added = decision.addComponents.map((name) => COMPONENTS[name]);
      await startComponents(api, added, { ...prepared, cnpg: wanted.cnpg }, progress, signal);
      writeState({ ...running, options: { ...wanted, components: [...wanted.components] } });
    } finally {
      api.close();
    }
  }
  await progress.run('Check that everything is healthy', async () => {
    const state = readState() ?? running;
    await waitUntil({ until: 'everything is healthy', seconds: 120, everyMs: 1000, log: LOGS, signal }, async () => {
      const problems = await findProblems(state);
      if (problems.length === 0) return true;
      throw new Error(problems.join('; '));
    });
  });
}

async function changeReloader(
  api: Api,
  init: Init,
  wanted: ResolvedOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  for (const object of reloaderManifests(wanted.reloader).reverse()) await api.remove(object);
  const image = await reloaderImage(wanted.reloader);
  if (image !== undefined) await importImage(init, image, signal);
  await startReloader(api, wanted, progress, signal);
}
