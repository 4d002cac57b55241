import { awaitFlux } from '../../../src/activities/proof/flux.ts';
import { stage } from '../../../src/activities/steps/stage.ts';
import { publish } from '../../../src/activities/steps/publish.ts';
import { readStaging } from '../../../src/activities/staging/staging.ts';
import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { RotationError } from '../../../src/domain/failures.ts';
import type { KustomizationState } from '../../../src/domain/proofs/flux.ts';
import type { Target } from '../../../src/domain/steps.ts';
import type { Workspace } from '../../../src/gitops/workspace.ts';
import { GITOPS, LITELLM } from '../../harness/examples.ts';
import { clockOf } from '../../harness/activities/step-clock.ts';
import { publishInput, stageInput } from '../../harness/activities/step-inputs.ts';
import { ROTATION } from '../../harness/rotation-input.ts';
import { TestCluster } from '../../harness/activities/test-cluster.ts';

const BUDGET_MS = 120_000;
const COMMIT = 'c'.repeat(40);
const KUSTOMIZATION = { namespace: 'flux-system', name: 'apps' };
const REPOSITORY = { kind: 'GitRepository', namespace: 'flux-system', name: 'fleet' };

interface Given {
  readonly target?: Target;
  /** When the source has fetched the commit, the Kustomization has tried it, and the live Secret holds it. */
  readonly fetchedAt?: number;
  readonly triedAt?: number;
  readonly liveAt?: number;
  readonly kustomization?: Partial<KustomizationState>;
  /** How long Git takes to say whether a commit has another one. */
  readonly gitMs?: number;
}

/** Waits in a world where Flux does its work at those moments; gives how that ended, when, and whom it asked when. */
async function wait({ target = 'pending', fetchedAt = 0, triedAt = 0, liveAt = 0, kustomization, gitMs = 0 }: Given) {
  const world = new TestCluster();
  const asked: string[] = [];
  await stage(world.deps, stageInput({ rotation: ROTATION, owner: { workflowId: 'w', runId: 'r' } }));
  const before = await world.deps.secrets.find(LITELLM.namespace, LITELLM.secret);
  await publish(world.deps, publishInput({ rotation: ROTATION, target: 'pending' }));
  const after = await world.deps.secrets.find(LITELLM.namespace, LITELLM.secret);
  const [reached, other] = target === 'pending' ? [after, before] : [before, after];
  const deps: Dependencies = {
    ...world.deps,
    secrets: {
      ...world.deps.secrets,
      find: (namespace, name) =>
        name === LITELLM.secret
          ? Promise.resolve(world.time >= liveAt ? reached : other)
          : world.deps.secrets.find(namespace, name),
    },
    flux: {
      ...world.deps.flux,
      kustomization: () =>
        Promise.resolve({
          suspended: false,
          source: REPOSITORY,
          attemptedCommit: world.time >= triedAt ? COMMIT : undefined,
          ...kustomization,
        }),
      gitRepository: () =>
        Promise.resolve({ suspended: false, artifactCommit: world.time >= fetchedAt ? COMMIT : undefined }),
      request: (kind) => {
        asked.push(`${kind} at ${world.time}`);
        return Promise.resolve();
      },
    },
  };
  const contains = (a: string, b: string): Promise<boolean> => {
    world.time += gitMs;
    return Promise.resolve(a === b);
  };
  const workspace = { repository: { contains } };
  const ended = await awaitFlux(deps, {
    rotation: ROTATION,
    staging: await readStaging(deps, ROTATION),
    names: [LITELLM.secret],
    target,
    source: { ...GITOPS, flux: { reconcile: [], kustomization: KUSTOMIZATION } },
    commit: COMMIT,
    workspace: workspace as unknown as Workspace,
    clock: clockOf(world, BUDGET_MS),
  }).then(
    () => 'live',
    (error: unknown) => (error instanceof RotationError ? `${error.type}: ${error.message}` : error),
  );
  return { ended, at: world.time, asked };
}

describe('waiting for Flux', () => {
  it('asks the source at once and the Kustomization when its source has the commit, each once', async () => {
    expect(await wait({ fetchedAt: 4_000, triedAt: 8_000, liveAt: 8_000 })).toEqual({
      ended: 'live',
      at: 8_000,
      asked: ['GitRepository at 0', 'Kustomization at 4000'],
    });
  });

  it('asks the source before Git says which commits the source has, which may take a fetch', async () => {
    const { asked } = await wait({ gitMs: 60_000 });
    expect(asked).toEqual(['GitRepository at 0', 'Kustomization at 60000']);
  });

  it('ends when the live Secret holds the new password, whatever Flux says of its work', async () => {
    expect(await wait({ triedAt: Infinity, liveAt: 2_000 })).toMatchObject({ ended: 'live', at: 2_000 });
  });

  it('goes on, on the way back, until Flux has tried the commit: it may still apply the one before', async () => {
    expect(await wait({ target: 'previous', triedAt: 6_000 })).toMatchObject({ ended: 'live', at: 6_000 });
  });

  it('is content, on the way back, with a live Secret when the budget is spent', async () => {
    expect(await wait({ target: 'previous', triedAt: Infinity })).toMatchObject({ ended: 'live', at: BUDGET_MS });
  });

  it('fails when the budget is spent and the live Secret is as before, with what Flux said last', async () => {
    const { ended, at } = await wait({ fetchedAt: Infinity, liveAt: Infinity });
    expect(ended).toMatch(/^FluxFailing: GitRepository flux-system\/fleet has not fetched the commit, so /);
    expect(at).toBe(BUDGET_MS);
  });

  it('fails at once when the Kustomization is suspended, and asks the source alone', async () => {
    const { ended, ...rest } = await wait({ liveAt: Infinity, kustomization: { suspended: true } });
    expect(ended).toMatch(/^FluxSuspended: Kustomization flux-system\/apps is suspended, so /);
    expect(rest).toEqual({ at: 0, asked: ['GitRepository at 0'] });
  });
});
