import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Secret } from '@kubernetes/client-node';
import type { Client } from '@temporalio/client';
import { startActors } from './actors.ts';
import { check, command, historiesOf, type Checked, type Ended } from './commands.ts';
import { WorldGit } from './git.ts';
import type { WorldGitOptions } from './git-schema.ts';
import { judge, judgeCheck, judgePlan } from './expectations.ts';
import { textOf } from './kube.ts';
import { leaks, Passwords } from './leaks.ts';
import type { LoadedWorld } from './load.ts';
import { Database, HeldCredentials, judgeLogins } from './logins.ts';
import { Moments } from './moments.ts';
import { objectsOf, placedObject } from './objects.ts';
import { seeSecrets, seeWorkloads } from './observe.ts';
import { componentsOf, Place, type PlacedComponent } from './place.ts';
import { OWN_RELOADER, reloaderDeployments } from './reloader.ts';
import { LOGIN_SECONDS, LOOK_AGAIN_MS, SETTLE_SECONDS, SET_UP_SECONDS } from './patience.ts';
import type { Action, KubernetesManifest } from './schema.ts';
import { areApplied, areHealthy, areSettled, isReady } from './states.ts';
import type { Stage } from './stage.ts';
import { WorldWorker } from './world-worker.ts';
import { WorkerRefused } from './workers.ts';

/** One world on its way: set up, played, looked at, taken down. */
export class WorldRun {
  readonly place: Place;
  readonly #components: readonly PlacedComponent[];
  readonly #database: Database;
  readonly #moments = new Moments();
  readonly #passwords = new Passwords();
  /** By the first component's Secret. */
  readonly #held = new HeldCredentials();
  readonly #listeners = new Set<(secret: V1Secret) => void>();
  readonly #releasers: (() => unknown)[] = [];
  /** Ends the other actors. */
  readonly #over = new AbortController();
  readonly #workloads: KubernetesManifest[] = [];
  #said = '';
  #endedAt = 0;
  #client: Client | undefined;
  #git: WorldGit | undefined;
  #worker: WorldWorker | undefined;

  constructor(
    private readonly stage: Stage,
    private readonly world: LoadedWorld,
    private readonly folder: string,
    private readonly signal: AbortSignal,
  ) {
    this.place = new Place(`${world.id}${stage.run === '' ? '' : `-${stage.run}`}`, world);
    this.#components = componentsOf(world, this.place);
    const [first] = this.#components;
    if (first === undefined) throw new Error('a world without a component');
    this.#database = new Database(stage.kube.config, first, world.database.name);
  }

  /** @returns what is not as the file expects, one line each. */
  async play(): Promise<string[]> {
    const { world, place } = this;
    const { expect } = world;
    const refused = await this.#setUp();
    if (refused !== undefined) return [`the worker did not start: ${refused}`];
    await this.#watch();
    const { kube } = this.stage;
    const look = async () => ({ secrets: await seeSecrets(kube, place), workloads: await seeWorkloads(kube, place) });
    const before = await look();
    const oldPassword = await this.#text('password');
    this.#moments.tell('start');
    const acting = startActors(world.actors, {
      ...{ kube, place, moments: this.#moments, signal: AbortSignal.any([this.signal, this.#over.signal]) },
      sql: (statements) => this.#database.sql(statements),
      stopWorker: async (seconds) => this.#worker?.beAway(seconds, this.signal),
      onSecret: (see) => {
        this.#listeners.add(see);
        return () => this.#listeners.delete(see);
      },
    });
    const checked = await this.#check();
    const red = [
      ...judgeCheck(expect.check, checked, 'check'),
      ...judgePlan(expect.plan, this.#inFileNames(checked), place.back(place.home)),
    ];
    // A world that must not begin, and whose check does not say so, would only do harm for minutes.
    if (red.length > 0 && (expect.outcome === 'unchanged' || expect.outcome === 'refused')) return red;
    const ended = await this.#doAll(red);
    this.#moments.tell('end');
    if (expect.checkAfter !== undefined || ended?.outcome === 'rotated')
      red.push(...judgeCheck(expect.checkAfter, await this.#check(), 'check afterwards'));
    const after = await this.#settled(look, before);
    const newPassword = await this.#text('password');
    red.push(
      ...judge(expect, { ended, endedAt: this.#endedAt, before, after, oldPassword, newPassword, said: this.#said }),
    );
    red.push(
      ...(await judgeLogins(this.#database, {
        world,
        role: this.#components[0]?.role ?? '',
        ended,
        oldPassword,
        newPassword,
        username: await this.#text('username'),
        held: this.#held,
      })),
      ...(await this.#queries()),
    );
    red.push(
      ...leaks(this.#passwords, {
        'Temporal’s history': await historiesOf(this.#connected),
        'the workers’ output': this.stage.workers.output,
        'what it printed': this.#said,
      }),
    );
    if (!this.signal.aborted) {
      this.#over.abort();
      await acting();
    }
    return red;
  }

  /** Ends everything of it. */
  async close(): Promise<void> {
    this.#over.abort();
    await this.#terminate().catch(() => undefined);
    for (const release of this.#releasers.reverse()) await release();
    const { kube } = this.stage;
    for (const object of this.#workloads) await kube.delete(object);
    for (const namespace of this.place.namespaces) {
      for (const pod of await kube.pods(namespace))
        await kube.delete({ apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name: pod.metadata?.name ?? '' } });
      await kube.deleteNamespace(namespace);
    }
  }

  /** Whoever follows a workflow of this world gets to its end. */
  async #terminate(): Promise<void> {
    const running = this.#client?.workflow.list({ query: 'ExecutionStatus="Running"' });
    for await (const { workflowId } of running ?? [])
      await this.#client?.workflow.getHandle(workflowId).terminate('the world is over');
  }

  /** @returns why the worker refused to start. */
  async #setUp(): Promise<string | undefined> {
    const { stage, world, place, signal } = this;
    const { kube } = stage;
    for (const namespace of place.namespaces) await kube.createNamespace(namespace, world.reloaders && OWN_RELOADER);
    const objects = objectsOf(world, place, stage.image, stage.pgbouncer);
    if (world.git !== undefined) await this.#openGit(world.git, objects.secrets);
    const starting = this.#startWorker(objects.secrets).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof WorkerRefused) return [error.type, error.message].filter(Boolean).join(': ');
        throw error;
      },
    );
    starting.catch(() => undefined);
    for (const object of objects.secrets) await kube.apply(object);
    for (const object of objects.clusters) {
      this.#workloads.push(object);
      await kube.apply(object);
    }
    await this.#until('every Cluster to be healthy', () => areHealthy(kube, objects.clusters));
    const settled = this.#until('CNPG to settle', () => areSettled(kube, objects.clusters), SETTLE_SECONDS);
    await settled.catch(() => this.signal.throwIfAborted());
    for (const object of objects.roles) {
      this.#workloads.push(object);
      await kube.apply(object);
    }
    await this.#until('CNPG to apply every DatabaseRole', () => areApplied(kube, objects.roles));
    if (world.database.sql !== undefined) await this.#database.sql(world.database.sql);
    await this.#git?.startFlux(kube, stage.kubeconfig, this.#components[0]?.secret ?? '', signal);
    for (const object of [...reloaderDeployments(world.reloaders, place), ...objects.others]) {
      this.#workloads.push(object);
      await kube.apply(object);
    }
    for (const one of objects.awaited)
      await this.#until(`${one.kind} ${one.name} to be ready`, () => isReady(kube, one), SET_UP_SECONDS + one.seconds);
    signal.throwIfAborted();
    return starting;
  }

  async #startWorker(secrets: readonly KubernetesManifest[]): Promise<void> {
    const worker = new WorldWorker(this.stage, this.world, this.place, this.#components);
    this.#worker = worker;
    this.#client = await worker.prepare(this.folder, secrets, this.#git);
    this.#releasers.push(() => worker.stop());
    await worker.start();
  }

  async #openGit(options: WorldGitOptions, secrets: readonly KubernetesManifest[]): Promise<void> {
    const git = await WorldGit.open({ options, place: this.place, folder: this.folder, secrets });
    this.#git = git;
    this.#releasers.push(() => git.close());
  }

  get #connected(): Client {
    if (this.#client === undefined) throw new Error('the world has no Temporal yet');
    return this.#client;
  }

  /** Notes every password, and tells the moments. */
  async #watch(): Promise<void> {
    const { place, stage } = this;
    const versions = new Map<string, string>();
    for (const namespace of place.namespaces) {
      const end = await stage.kube.watchSecrets(namespace, (type, secret) => {
        const { name = '', namespace: at = '' } = secret.metadata ?? {};
        this.#passwords.note(textOf(secret));
        const [component] = this.#components;
        if (name === component?.secret && at === component.namespace) this.#held.note(textOf(secret));
        const data = JSON.stringify(secret.data ?? {});
        const known = versions.get(`${at}/${name}`);
        versions.set(`${at}/${name}`, data);
        if (type === 'ADDED' && name.endsWith('-rotation')) this.#moments.tell('staged');
        if (type === 'MODIFIED' && known !== undefined && known !== data && !name.endsWith('-rotation'))
          this.#moments.tell('published');
        for (const listener of this.#listeners) listener(secret);
      });
      this.#releasers.push(end);
    }
  }

  async #check(): Promise<Checked> {
    const checked = await check(this.#parties);
    this.#said += `${checked.said}\n`;
    return checked;
  }

  get #parties() {
    return { client: this.#connected, components: this.#components.map(({ name }) => name) };
  }

  /** Does what the file says, in order. @returns how the last command ended. */
  async #doAll(red: string[]): Promise<Ended | undefined> {
    const actions: readonly Action[] = [this.world.do].flat();
    let last: Ended | undefined;
    for (const action of actions) {
      if (action === 'check' && actions.length === 1) return undefined;
      if (last !== undefined && last.exitCode !== 0)
        red.push(
          `before the last command, one ended with ${last.exitCode}: ${last.cause?.message ?? last.outcome ?? ''}`,
        );
      if (typeof action !== 'string' && 'sql' in action) await this.#database.sql(action.sql);
      else if (typeof action !== 'string' && 'waitSeconds' in action)
        await sleep(action.waitSeconds * 1_000, undefined, { signal: this.signal });
      else if (typeof action !== 'string' && 'apply' in action) {
        for (const object of action.apply) await this.stage.kube.applyAsAnother(placedObject(object, this.place));
      } else if (typeof action !== 'string' && 'delete' in action) {
        for (const object of action.delete) await this.stage.kube.delete(placedObject(object, this.place));
      } else {
        last = await command(action, this.#parties);
        this.#endedAt = Date.now();
        this.#said += `${last.said}\n`;
      }
    }
    return last;
  }

  /** A pod that was restarted a moment ago has to have logged in once. */
  async #settled<T extends { readonly workloads: Awaited<ReturnType<typeof seeWorkloads>> }>(
    look: () => Promise<T>,
    before: T,
  ): Promise<T> {
    const giveUpAt = Date.now() + LOGIN_SECONDS * 1_000;
    for (;;) {
      const seen = await look();
      const isSilent = [...seen.workloads].some(
        ([name, { logins }]) =>
          logins?.some((line) => line === '') === true && before.workloads.get(name)?.logins !== undefined,
      );
      if (!isSilent || Date.now() > giveUpAt) return seen;
      await sleep(LOOK_AGAIN_MS * 5, undefined, { signal: this.signal });
    }
  }

  async #queries(): Promise<string[]> {
    const red: string[] = [];
    for (const [query, expected] of Object.entries(this.world.expect.sql)) {
      const said = await this.#database.sql(query);
      if (said !== expected) red.push(`${query} gives ${JSON.stringify(said)}, not ${JSON.stringify(expected)}`);
    }
    return red;
  }

  /** What the role's Secret says. */
  async #text(key: string): Promise<string> {
    const [first] = this.#components;
    const secrets = await this.stage.kube.secrets(first?.namespace ?? '');
    const found = secrets.find(({ metadata }) => metadata?.name === first?.secret);
    return found === undefined ? '' : (textOf(found)[key] ?? '').trim();
  }

  #inFileNames({ diagnosis }: Checked): Checked['diagnosis'] {
    return JSON.parse(this.place.back(JSON.stringify(diagnosis))) as Checked['diagnosis'];
  }

  async #until(fact: string, look: () => Promise<boolean>, seconds = SET_UP_SECONDS): Promise<void> {
    const giveUpAt = Date.now() + seconds * 1_000;
    while (!(await look())) {
      this.signal.throwIfAborted();
      if (Date.now() > giveUpAt) throw new Error(`the world waited ${seconds} s for ${fact}`);
      await sleep(LOOK_AGAIN_MS);
    }
  }
}
