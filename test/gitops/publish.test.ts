import { useTools } from '../../sandbox/gitops/tools.ts';
import { finish } from '../../src/activities/finish.ts';
import { gatherFacts } from '../../src/activities/gather-facts.ts';
import { publishThroughGit } from '../../src/activities/publish-through-git.ts';
import { stage } from '../../src/activities/stage.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import type { PublishResult } from '../../src/activities/types.ts';
import type { KustomizationState } from '../../src/domain/flux.ts';
import { judgePreflight } from '../../src/domain/preflight/index.ts';
import type { Rotation, Target } from '../../src/domain/rotation.ts';
import type { GitOpsSource } from '../../src/domain/source.ts';
import { readKeys } from '../../src/gitops/secret-manifest.ts';
import { openWorkspace } from '../../src/gitops/workspace.ts';
import { inActivity } from '../support/activity.ts';
import { FakeCluster, ROTATION } from '../support/fake-cluster.ts';
import { Home, MANIFEST, OLD } from './support/fixture.ts';

useTools();

const LABELS = {
  'kustomize.toolkit.fluxcd.io/name': 'litellm',
  'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
};
const OWNER = { workflowId: 'workflow-1', runId: 'run-1' };
const URI = `postgresql://litellm:${OLD}@litellm-postgresql-rw:5432/litellm`;

/** Flux in the least: fetches and applies when it is asked to, unless it is told not to. */
class FluxWorld {
  readonly cluster = new FakeCluster(OLD);
  readonly asked: string[] = [];
  suspended = false;
  ready: KustomizationState['ready'];
  /** Fails the next request, as a crash of the worker would. */
  failNextRequest = false;
  #artifact: string | undefined;
  #attempted: string | undefined;

  constructor(
    readonly home: Home,
    readonly source: GitOpsSource = home.source(),
  ) {
    this.cluster.put('litellm-db-secret', { username: 'litellm', password: OLD }, { labels: LABELS });
    this.cluster.put('litellm-env', { MASTER_KEY: 'sk-1234', DATABASE_URL: URI }, { labels: LABELS });
  }

  get rotation(): Rotation {
    const component = { ...ROTATION.component, gitops: this.source };
    return { ...ROTATION, component, secrets: ['litellm-db-secret', 'litellm-env'] };
  }

  get deps(): Dependencies {
    return {
      ...this.cluster.deps,
      openWorkspace: (source, signal) => Promise.resolve(openWorkspace(source, undefined, signal)),
      flux: {
        kustomization: () =>
          Promise.resolve({
            suspended: this.suspended,
            source: { kind: 'GitRepository', namespace: 'flux-system', name: 'home' },
            ...(this.#attempted !== undefined && { attemptedCommit: this.#attempted }),
            ...(this.ready !== undefined && { ready: this.ready }),
          }),
        gitRepository: () =>
          Promise.resolve({
            suspended: false,
            branch: 'main',
            ...(this.#artifact !== undefined && { artifactCommit: this.#artifact }),
          }),
        request: (kind) => this.#reconcile(kind),
        watched: () => ({ path: '' }),
      },
    };
  }

  stage(): Promise<unknown> {
    return inActivity(() => stage(this.deps, { rotation: this.rotation, owner: OWNER }));
  }

  publish(target: Target): Promise<PublishResult> {
    const clock = { startedAt: 0, deadline: this.cluster.time + 60_000, signal: new AbortController().signal };
    return inActivity(() => publishThroughGit(this.deps, { rotation: this.rotation, target }, clock));
  }

  async #reconcile(kind: string): Promise<void> {
    if (this.failNextRequest) {
      this.failNextRequest = false;
      throw new Error('the worker was killed');
    }
    this.asked.push(kind);
    await this.home.git('fetch', '--quiet', 'origin', 'main');
    const head = (await this.home.git('rev-parse', 'origin/main')).trim();
    if (kind === 'GitRepository') this.#artifact = head;
    else {
      this.#attempted = head;
      if (this.ready?.status !== 'False') await this.#apply();
    }
  }

  async #apply(): Promise<void> {
    const text = await this.home.decrypted(MANIFEST);
    for (const [document, name] of ['litellm-db-secret', 'litellm-env'].entries()) {
      const live = this.cluster.secrets.get(name)?.data ?? {};
      const values = readKeys(text, MANIFEST, document, Object.keys(live));
      this.cluster.put(
        name,
        Object.fromEntries(Object.entries(values).map(([key, value]) => [key, new TextDecoder().decode(value)])),
      );
    }
  }
}

describe('a password that is published through Git', () => {
  let home: Home;
  beforeEach(async () => {
    home = await Home.open();
  });
  afterEach(() => home.close());

  test('reaches every live Secret when Flux is asked for the commit', async () => {
    const world = new FluxWorld(home);
    await world.stage();
    const published = await world.publish('pending');

    expect(published).toMatchObject({
      touched: true,
      secrets: [{ name: 'litellm-db-secret' }, { name: 'litellm-env' }],
    });
    expect(world.asked).toEqual(['GitRepository', 'Kustomization']);
    const password = world.cluster.text('litellm-db-secret', 'password');
    expect(password).not.toBe(OLD);
    expect(world.cluster.text('litellm-env', 'DATABASE_URL')).toBe(URI.replace(OLD, password));
    expect(world.cluster.text('litellm-env', 'MASTER_KEY')).toBe('sk-1234');
  });

  test('is asked for again, and committed once, after a crash between the push and Flux', async () => {
    const world = new FluxWorld(home);
    await world.stage();
    world.failNextRequest = true;
    await expect(world.publish('pending')).rejects.toThrow('killed');

    await expect(world.publish('pending')).resolves.toMatchObject({ touched: true });
    expect(await home.log()).toHaveLength(2);
    expect(world.cluster.text('litellm-db-secret', 'password')).not.toBe(OLD);
  });

  test('goes back by a commit, and Flux brings that too', async () => {
    const world = new FluxWorld(home);
    await world.stage();
    await world.publish('pending');

    await expect(world.publish('previous')).resolves.toMatchObject({ touched: true });
    expect(world.cluster.text('litellm-env', 'DATABASE_URL')).toBe(URI);
    expect(await home.log()).toHaveLength(3);
  });

  test('is taken back in Git, and nothing is restarted, when Flux is suspended', async () => {
    const world = new FluxWorld(home);
    await world.stage();
    world.suspended = true;
    await expect(world.publish('pending')).rejects.toMatchObject({
      type: 'FluxSuspended',
      message: expect.stringContaining('Kustomization flux-system/litellm is suspended') as string,
    });

    await expect(world.publish('previous')).resolves.toMatchObject({ touched: false });
    expect(world.cluster.text('litellm-db-secret', 'password')).toBe(OLD);
    expect((await home.log())[0]?.message).toContain('rotate: Restore litellm database password');
  });

  test("fails with Flux's own words when Flux cannot decrypt it", async () => {
    const world = new FluxWorld(home);
    await world.stage();
    world.ready = {
      status: 'False',
      reason: 'BuildFailed',
      message: 'decryption failed for Secret: no identity matched',
    };
    await expect(world.publish('pending')).rejects.toMatchObject({
      type: 'FluxFailing',
      message: expect.stringContaining('BuildFailed: decryption failed for Secret: no identity matched') as string,
    });
  });

  test('needs no repository to go back when nothing was pushed', async () => {
    const world = new FluxWorld(home);
    await world.stage();
    home.server.away = true;
    await expect(world.publish('pending')).rejects.toMatchObject({ type: 'GitUnreachable' });

    await expect(world.publish('previous')).resolves.toEqual({ touched: false, secrets: [], clients: [] });
    await inActivity(() => finish(world.deps, { rotation: world.rotation, outcome: 'unchanged' }));
  });
});

describe('preflight of a component whose password is in Git', () => {
  let home: Home;
  beforeAll(async () => {
    home = await Home.open();
  });
  afterAll(() => home.close());

  const findings = async (world: FluxWorld) => {
    const facts = await inActivity(() => gatherFacts(world.deps, world.rotation.component));
    return judgePreflight(facts).filter(({ type }) => /Git|Sops|Flux|Plaintext/.test(type));
  };

  test('finds nothing where Git, Flux and the cluster agree', async () => {
    await expect(findings(new FluxWorld(home))).resolves.toEqual([]);
  });

  test('finds a key that decrypts nothing', async () => {
    const world = new FluxWorld(home, home.source({ ageKeyFile: home.anotherKey() }));
    await expect(findings(world)).resolves.toMatchObject([{ rule: 'git-holds-the-password', type: 'SopsKeyRefused' }]);
  });

  test('finds a live Secret that is not what Git says', async () => {
    const world = new FluxWorld(home);
    world.cluster.put('litellm-env', { DATABASE_URL: `${URI}?sslmode=require` }, { labels: LABELS });
    await expect(findings(world)).resolves.toMatchObject([{ type: 'GitDisagrees', severity: 'blocking' }]);
  });

  test('finds a Secret that holds the password and is in no manifest', async () => {
    const world = new FluxWorld(home);
    world.cluster.put('copy', { password: OLD });
    await expect(findings(world)).resolves.toMatchObject([
      { rule: 'flux-applies-the-secrets', type: 'SecretNotManagedByFlux' },
      { rule: 'git-holds-the-password', type: 'SecretNotInGit' },
    ]);
  });

  test('finds what stops Flux', async () => {
    const world = new FluxWorld(home, home.source({ branch: 'main' }));
    world.suspended = true;
    await expect(findings(world)).resolves.toMatchObject([
      { type: 'FluxSuspended', mend: 'flux resume kustomization litellm -n flux-system' },
    ]);
  });
});
