import type { Dependencies } from '../../src/activities/dependencies.ts';
import { publishThroughGit } from '../../src/activities/steps/publish-through-git.ts';
import { stage } from '../../src/activities/steps/stage.ts';
import type { PublishResult } from '../../src/activities/types/index.ts';
import type { KustomizationState } from '../../src/domain/proofs/flux.ts';
import type { FluxVariables } from '../../src/domain/proofs/flux-substitution.ts';
import type { Rotation } from '../../src/domain/rotation/rotation.ts';
import type { Target } from '../../src/domain/steps.ts';
import type { GitOpsSource } from '../../src/domain/source.ts';
import { readKeys, secretDocuments } from '../../src/gitops/secret-manifest.ts';
import { openWorkspace } from '../../src/gitops/workspace.ts';
import { inActivity } from '../harness/activities/in-activity.ts';
import { clockOf } from '../harness/activities/step-clock.ts';
import { TestCluster } from '../harness/activities/test-cluster.ts';
import { inUri, ROTATION, whole } from '../harness/rotation-input.ts';
import type { Home } from '../harness/git/home.ts';
import { MANIFEST, OLD } from '../harness/git/manifests.ts';
import { stageInput, publishInput, type Part } from '../harness/activities/step-inputs.ts';

/** What Flux puts on what it applies. */
export const LABELS = {
  'kustomize.toolkit.fluxcd.io/name': 'litellm',
  'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
};
const OWNER = { workflowId: 'workflow-1', runId: 'run-1' };

export const litellmUri = (user: string, password: string): string =>
  `postgresql://${user}:${password}@litellm-postgresql-rw:5432/litellm`;

const IN_PLACE: Rotation = {
  ...ROTATION,
  secrets: ['litellm-db-secret', 'litellm-env'],
  places: [
    { secret: 'litellm-db-secret', places: [whole('password')] },
    { secret: 'litellm-env', places: [inUri('DATABASE_URL')] },
  ],
};

/** Flux in the least: fetches and applies when it is asked to, unless it is told not to. */
export class FluxWorld {
  readonly asked: string[] = [];
  suspended = false;
  /** Takes requests and does nothing. */
  fluxIsAway = false;
  ready: KustomizationState['ready'];
  variables: FluxVariables = { replaces: false, values: {}, unread: [] };
  /** Fails the next request, as a crash of the worker would. */
  failNextRequest = false;
  #artifact: string | undefined;
  #attempted: string | undefined;

  constructor(
    readonly home: Home,
    readonly source: GitOpsSource = home.source(),
    readonly cluster = new TestCluster(OLD),
    private readonly of: Rotation = IN_PLACE,
    /** The files that Flux applies. */
    private readonly files: readonly string[] = [MANIFEST],
  ) {}

  /** A component in place, as the home's first manifest has it. */
  static inPlace(home: Home, source?: GitOpsSource): FluxWorld {
    const world = new FluxWorld(home, source);
    world.cluster.put('litellm-db-secret', { username: 'litellm', password: OLD }, { labels: LABELS });
    const env = { MASTER_KEY: 'sk-1234', DATABASE_URL: litellmUri('litellm', OLD) };
    world.cluster.put('litellm-env', env, { labels: LABELS });
    return world;
  }

  get rotation(): Rotation {
    return { ...this.of, component: { ...this.of.component, gitops: this.source } };
  }

  get deps(): Dependencies {
    return {
      ...this.cluster.deps,
      findComponent: () => this.rotation.component,
      openWorkspace: (source, signal) =>
        Promise.resolve(openWorkspace(source, { secret: undefined, shared: this.home.shared, signal })),
      flux: {
        kustomization: () =>
          Promise.resolve({
            suspended: this.suspended,
            source: { kind: 'GitRepository', namespace: 'flux-system', name: 'home' },
            attemptedCommit: this.#attempted,
            ready: this.ready,
          }),
        gitRepository: () =>
          Promise.resolve({
            suspended: false,
            branch: 'main',
            artifactCommit: this.#artifact,
          }),
        request: (kind) => this.#reconcile(kind),
        watched: () => ({ path: '' }),
        variables: () => Promise.resolve(this.variables),
      },
    };
  }

  stage(): Promise<unknown> {
    return inActivity(() => stage(this.deps, stageInput({ rotation: this.rotation, owner: OWNER })));
  }

  /** @param rotation what the workflow sends; the worker's own catalogue stays as it is. */
  publish(target: Target, part?: Part, rotation: Rotation = this.rotation): Promise<PublishResult> {
    const clock = clockOf(this.cluster, this.cluster.time + 60_000);
    return inActivity(() => publishThroughGit(this.deps, publishInput({ rotation, target, part }), clock));
  }

  async #reconcile(kind: string): Promise<void> {
    if (this.failNextRequest) {
      this.failNextRequest = false;
      throw new Error('the worker was killed');
    }
    this.asked.push(kind);
    if (this.fluxIsAway) return;
    await this.home.git('fetch', '--quiet', 'origin', 'main');
    const head = (await this.home.git('rev-parse', 'origin/main')).trim();
    if (kind === 'GitRepository') this.#artifact = head;
    else {
      this.#attempted = head;
      if (this.ready?.status !== 'False') for (const file of this.files) await this.#apply(file);
    }
  }

  async #apply(file: string): Promise<void> {
    const text = await this.home.decrypted(file);
    for (const { name, ...where } of secretDocuments(text, file)) {
      const live = this.cluster.secrets.get(name)?.data ?? {};
      const values = readKeys(text, file, where, Object.keys(live));
      this.cluster.put(
        name,
        Object.fromEntries(Object.entries(values).map(([key, value]) => [key, new TextDecoder().decode(value)])),
      );
    }
  }
}
