import type { GitRepositoryState, KustomizationState } from '../../../src/domain/proofs/flux.ts';
import type { GitOpsFacts } from '../../../src/domain/preflight/index.ts';
import { exampleComponent, GITOPS, LITELLM } from '../../harness/examples.ts';
import { expectFirst, findings, type Case, type Change } from './world.ts';

const component = exampleComponent({ ...LITELLM, gitops: GITOPS });

const KUSTOMIZATION: KustomizationState = {
  suspended: false,
  ready: { status: 'True', reason: 'ReconciliationSucceeded', message: 'Applied revision' },
  source: { kind: 'GitRepository', namespace: 'flux-system', name: 'home' },
};
const GIT_REPOSITORY: GitRepositoryState = { suspended: false, branch: 'main' };

/** A component whose password is in Git, where all is well but for the change. */
function through({
  kustomization = {},
  gitRepository = {},
  ...more
}: Partial<Omit<GitOpsFacts, 'flux'>> & {
  readonly kustomization?: Partial<KustomizationState> | 'absent';
  readonly gitRepository?: Partial<GitRepositoryState>;
}): Change {
  return {
    component,
    source: 'gitops',
    secret: { fluxKustomization: 'flux-system/litellm' },
    gitops: {
      roleSecrets: [],
      reconcilesByCommand: false,
      flux: [
        {
          kind: 'Kustomization',
          name: 'flux-system/litellm',
          state: kustomization === 'absent' ? undefined : { ...KUSTOMIZATION, ...kustomization },
        },
        { kind: 'GitRepository', name: 'flux-system/home', state: { ...GIT_REPOSITORY, ...gitRepository } },
      ],
      ...more,
    },
  };
}

const failing = (reason: string): Partial<KustomizationState> => ({
  ready: { status: 'False', reason, message: 'decryption failed for Secret' },
});

const BLOCKING: readonly Case[] = [
  [
    'Flux does not apply the Secret',
    { ...through({}), secret: {} },
    'flux-applies-the-secrets',
    'Flux does not apply Secret ai-system/litellm-db-secret',
    'Add its manifest, encrypted',
  ],
  [
    'the Kustomization does not exist',
    through({ kustomization: 'absent' }),
    'flux-is-there',
    'Kustomization flux-system/litellm does not exist',
    'Correct "flux"',
  ],
  [
    'the Kustomization is suspended',
    through({ kustomization: { suspended: true } }),
    'flux-is-not-suspended',
    'Kustomization flux-system/litellm is suspended',
    'flux resume kustomization litellm -n flux-system',
  ],
  [
    'its source is suspended',
    through({ gitRepository: { suspended: true } }),
    'flux-is-not-suspended',
    'GitRepository flux-system/home is suspended',
    'flux resume source git home -n flux-system',
  ],
  [
    'Flux follows another branch',
    through({ gitRepository: { branch: 'production' } }),
    'flux-follows-the-branch',
    'GitRepository flux-system/home follows branch production',
    'Set "branch"',
  ],
  [
    'Flux follows no branch',
    through({ gitRepository: { branch: undefined, followsInstead: 'tag v1.2.3' } }),
    'flux-follows-the-branch',
    'GitRepository flux-system/home follows tag v1.2.3, and the rotation would push to branch main',
    'A commit reaches the cluster only by a branch',
  ],
  [
    'the repository cannot take the change',
    through({ problem: { type: 'SopsKeyRefused', message: 'secret.sops.yaml cannot be decrypted.' } }),
    'git-holds-the-password',
    'secret.sops.yaml cannot be decrypted',
    'docs/gitops.md',
  ],
];

const WARNING: readonly Case[] = [
  [
    'the Kustomization fails to build',
    through({ kustomization: failing('BuildFailed') }),
    'flux-works',
    'fails (BuildFailed: decryption failed for Secret)',
    'flux get all',
  ],
];

describe('preflight of a password in Git', () => {
  it('finds nothing where all is well, though Flux writes the Secret', () => {
    expect(findings(through({}))).toEqual([]);
  });
  it('takes a Kustomization whose pods are not healthy for one that applies', () => {
    expect(findings(through({ kustomization: failing('HealthCheckFailed') }))).toEqual([]);
  });
  it('leaves it to a command of the configuration who applies the Secret', () => {
    expect(
      findings({ ...through({}), secret: {}, gitops: { roleSecrets: [], reconcilesByCommand: true, flux: [] } }),
    ).toEqual([]);
  });
  it.each(BLOCKING)('blocks when %s', (...one) => expectFirst(one[1], 'blocking', one));
  it.each(WARNING)('warns when %s', (...one) => expectFirst(one[1], 'warning', one));
});
