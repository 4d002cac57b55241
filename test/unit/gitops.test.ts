import { judgeChangedPaths } from '../../src/domain/proofs/changed-paths.ts';
import { judgeTakenBack, type TakenBackFacts } from '../../src/domain/proofs/taken-back.ts';
import { longerGitOpsPublish } from '../../src/domain/budgets.ts';
import {
  commitOf,
  holdsSeconds,
  judgeFlux,
  whatIsFollowed,
  whomToAsk,
  type FluxFacts,
} from '../../src/domain/proofs/flux.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

describe('what a commit of a rotation may hold', () => {
  it('is the component’s files and those that are allowed besides; what was only encrypted anew is left out', () => {
    const changed = [
      { path: 'apps/litellm/secret.sops.yaml', kind: 'own' },
      { path: 'apps/langfuse/secret.sops.yaml', kind: 'same' },
      { path: 'sums/litellm', kind: 'other' },
      { path: 'sums-of-others', kind: 'other' },
    ] as const;
    expect(judgeChangedPaths(changed, ['./sums/'])).toEqual({
      commit: ['apps/litellm/secret.sops.yaml', 'sums/litellm'],
      drop: ['apps/langfuse/secret.sops.yaml'],
      refuse: ['sums-of-others'],
    });
  });
});

describe('where Flux stands with a commit', () => {
  const facts = (change: Partial<FluxFacts>): FluxFacts => ({
    kustomization: { suspended: false, source: { kind: 'GitRepository', namespace: 'f', name: 'g' } },
    gitRepository: { suspended: false, branch: 'main' },
    names: { kustomization: 'f/k', gitRepository: 'f/g' },
    artifactHasCommit: true,
    attemptHasCommit: true,
    ...change,
  });
  const kustomization = (status: 'True' | 'False' | 'Unknown', reason: string): FluxFacts =>
    facts({
      kustomization: {
        suspended: false,
        source: { kind: 'GitRepository', namespace: 'f', name: 'g' },
        ready: { status, reason, message: 'words of Flux' },
      },
    });

  it.each([
    ['applied when it has tried the commit', facts({}), 'applied', undefined],
    ['applied while the pods are not healthy', kustomization('False', 'HealthCheckFailed'), 'applied', undefined],
    ['failing when it cannot build', kustomization('False', 'BuildFailed'), 'failing', 'BuildFailed: words of Flux'],
    ['waiting for the source', facts({ artifactHasCommit: false }), 'waiting', 'GitRepository f/g has not fetched'],
    ['waiting for the Kustomization', facts({ attemptHasCommit: false }), 'waiting', 'Kustomization f/k has not tried'],
    ['failing without a Kustomization', facts({ kustomization: undefined }), 'failing', 'f/k does not exist'],
    [
      'suspended when its source is, and has not the commit',
      facts({ gitRepository: { suspended: true }, artifactHasCommit: false }),
      'suspended',
      'GitRepository f/g is suspended',
    ],
  ])('is %s', (_, one, kind, because) => {
    const verdict = judgeFlux(one);
    expect(verdict.kind).toBe(kind);
    if (because !== undefined) expect(verdict).toHaveProperty('because', expect.stringContaining(because));
  });

  it.each([
    ['the source and the Kustomization when the source has the commit', {}, ['GitRepository', 'Kustomization']],
    ['the source alone while it has not the commit', { artifactHasCommit: false }, ['GitRepository']],
    ['no source that is suspended', { gitRepository: { suspended: true } }, ['Kustomization']],
    ['no source that does not exist', { gitRepository: undefined }, ['Kustomization']],
    ['no Kustomization that does not exist', { kustomization: undefined }, ['GitRepository']],
    [
      'no Kustomization that is suspended',
      { kustomization: { suspended: true, source: { kind: 'GitRepository', namespace: 'f', name: 'g' } } },
      ['GitRepository'],
    ],
  ])('decides that a wait asks %s', (_, change, asked) => {
    expect(whomToAsk(facts(change))).toEqual(asked);
  });

  it.each([
    [`main@sha1:${COMMIT}`, COMMIT],
    [`main/${COMMIT}`, COMMIT],
    ['v1.2.3', undefined],
    [undefined, undefined],
  ])('reads the commit of the revision %s', (revision, commit) => expect(commitOf(revision)).toBe(commit));
});

describe('what a GitRepository follows', () => {
  it.each([
    ['a branch', { branch: 'main' }, { branch: 'main' }],
    ['master where it names nothing', {}, { branch: 'master' }],
    [
      'a branch by its whole name, which wins',
      { name: 'refs/heads/main', branch: 'old', tag: 'v1' },
      { branch: 'main' },
    ],
    ['a branch with slashes', { name: 'refs/heads/env/prod' }, { branch: 'env/prod' }],
    ['a tag by its whole name', { name: 'refs/tags/v1.2.3' }, { followsInstead: 'tag v1.2.3' }],
    ['a pull request', { name: 'refs/pull/7/head' }, { followsInstead: 'the pull request of refs/pull/7/head' }],
    ['another reference', { name: 'refs/notes/x' }, { followsInstead: 'reference refs/notes/x' }],
    ['versions', { semver: '>=1.0.0', tag: 'v1' }, { followsInstead: 'versions >=1.0.0' }],
    ['a tag', { tag: 'v1', branch: 'main' }, { followsInstead: 'tag v1' }],
    ['a commit before all else', { commit: 'abc', name: 'refs/heads/main' }, { followsInstead: 'commit abc' }],
  ])('is %s', (_, ref, followed) => expect(whatIsFollowed(ref)).toEqual(followed));
});

describe('how long Flux holds on to a revision', () => {
  const spec = { wait: true, healthChecks: 0, interval: '1h' };
  it.each([
    ['not at all where it looks at no health', { ...spec, wait: false, timeout: '5m' }, undefined],
    ['as long as its timeout', { ...spec, timeout: '5m30s' }, 330],
    ['30 s less than its interval without a timeout', spec, 3_570],
    ['at least 30 s', { ...spec, timeout: '5s' }, 30],
    ['with health checks of its own too', { ...spec, wait: false, healthChecks: 1, timeout: '2m' }, 120],
  ])('is %s', (_, check, seconds) => expect(holdsSeconds(check)).toBe(seconds));

  it.each([
    ['the usual ones where nothing holds', [], undefined],
    ['the usual ones where they are enough', [30, 60], undefined],
    ['a minute more than the longest otherwise', [30, 300], 360],
  ])('gives the publishing %s', (_, held, seconds) => expect(longerGitOpsPublish(held)).toBe(seconds));
});

describe('a commit that the branch has taken back', () => {
  const facts = (change: Partial<TakenBackFacts>): TakenBackFacts => ({
    kustomization: { suspended: false, source: { kind: 'GitRepository', namespace: 'f', name: 'g' } },
    gitRepository: { suspended: false, branch: 'main', artifactCommit: COMMIT },
    names: { kustomization: 'f/k', gitRepository: 'f/g' },
    artifactHasCommit: false,
    attemptHasCommit: false,
    artifactHasUndone: false,
    attemptHasUndone: false,
    waitedSeconds: 60,
    ...change,
  });
  const suspended = { suspended: true } as const;

  it.each([
    ['Flux has tried the commit that takes it back', { artifactHasCommit: true, attemptHasCommit: true }],
    ['Flux never fetched it, and no fetch can be on its way', {}],
    ['Flux never fetched it, and its source is suspended', { gitRepository: suspended, waitedSeconds: 0 }],
    [
      'the Kustomization is suspended, and its source has the other commit',
      {
        kustomization: { ...suspended, source: { kind: 'GitRepository', namespace: 'f', name: 'g' } },
        artifactHasCommit: true,
        artifactHasUndone: true,
      },
    ],
  ])('comes no more where %s', (_, change) => {
    expect(judgeTakenBack(facts(change)).kind).toBe('taken back');
  });

  it.each([
    ['its source has fetched it alone', { artifactHasUndone: true }],
    ['the Kustomization has tried it', { attemptHasUndone: true }],
    [
      'its source has both, and the Kustomization has not tried the other',
      { artifactHasCommit: true, artifactHasUndone: true },
    ],
    ['a fetch may be on its way', { waitedSeconds: 59 }],
    ['a fetch may take longer than usual', { gitRepository: { suspended: false, fetchSeconds: 300 } }],
    ['there is no Kustomization', { kustomization: undefined }],
    ['there is no source', { gitRepository: undefined }],
    [
      'its source has no commits of Git',
      { kustomization: { suspended: false, source: { kind: 'OCIRepository', namespace: 'f', name: 'g' } } },
    ],
  ])('may come where %s', (_, change) => {
    expect(judgeTakenBack(facts(change)).kind).toBe('may come');
  });
});
