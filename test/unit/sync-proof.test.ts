import type { ClusterState } from '../../src/domain/cluster.ts';
import { judgeSync, type SyncFacts } from '../../src/domain/proofs/sync-proof.ts';
import { HEALTHY_CLUSTER, LITELLM } from '../harness/examples.ts';

const facts = (change: Partial<SyncFacts> = {}, cluster: Partial<ClusterState> = {}): SyncFacts => ({
  component: LITELLM,
  login: { role: LITELLM.role, secret: LITELLM.secret },
  cluster: { ...HEALTHY_CLUSTER, appliedSecretVersions: { litellm: '42' }, ...cluster },
  publishedVersion: '42',
  liveVersion: '42',
  liveDataUnchanged: true,
  ...change,
});

describe('CNPG has applied the password', () => {
  it('when its status shows the version that we wrote', () => {
    expect(judgeSync(facts())).toEqual({ kind: 'applied', primary: 'litellm-postgresql-1', version: '42' });
  });

  it('when its status shows a later version that changed only metadata', () => {
    const later = facts({ liveVersion: '50' }, { appliedSecretVersions: { litellm: '50' } });
    expect(judgeSync(later)).toMatchObject({ kind: 'applied', version: '50' });
  });
});

describe('CNPG tells nothing of the owner by bootstrap', () => {
  const owner = { role: 'litellm', secret: LITELLM.secret, bootstrap: 'initdb' } as const;
  const unmanaged = { managedRoles: [], appliedSecretVersions: {}, applicationOwner: owner };

  it('so its logins alone prove the password', () => {
    const verdict = judgeSync(facts({}, unmanaged));
    expect(verdict).toEqual({ kind: 'untold', primary: 'litellm-postgresql-1', version: '42' });
  });

  it.each<readonly [string, Partial<ClusterState>, string]>([
    ['its Secret is another one now', { applicationOwner: { ...owner, secret: 'other' } }, 'no longer sets'],
    ['the primary changes', { targetPrimary: 'litellm-postgresql-2' }, 'primary is changing'],
  ])('and nothing is tried while %s', (_, change, because) => {
    const verdict = judgeSync(facts({}, { ...unmanaged, ...change }));
    expect(verdict).toMatchObject({ kind: 'waiting', because: expect.stringContaining(because) as string });
  });
});

describe('CNPG has not applied the password', () => {
  const waiting: readonly (readonly [string, SyncFacts, string])[] = [
    [
      'while its status shows an earlier version',
      facts({}, { appliedSecretVersions: { litellm: '41' } }),
      'version 41, not yet 42',
    ],
    ['while its status shows no version', facts({}, { appliedSecretVersions: {} }), 'version none, not yet 42'],
    [
      'while it shows only another role’s version',
      facts({}, { appliedSecretVersions: { langfuse: '42' } }),
      'version none',
    ],
    [
      'while the version that it shows is neither ours nor the live one',
      facts({ liveVersion: '50' }, { appliedSecretVersions: { litellm: '45' } }),
      'version 45, not yet 50',
    ],
    ['while the primary changes', facts({}, { targetPrimary: 'litellm-postgresql-2' }), 'primary is changing'],
    [
      'while there is no primary',
      facts({}, { currentPrimary: '', targetPrimary: 'litellm-postgresql-2' }),
      'primary is changing',
    ],
    ['when the role is not managed any more', facts({}, { managedRoles: [] }), 'no longer sets'],
    [
      'when the role reads another Secret now',
      facts({}, { managedRoles: HEALTHY_CLUSTER.managedRoles.map((role) => ({ ...role, passwordSecret: 'other' })) }),
      'no longer sets',
    ],
    [
      'when it says that it cannot, with its reason',
      facts({}, { cannotReconcile: { litellm: ['role "boss" does not exist'] } }),
      'role "boss" does not exist',
    ],
    ['when the Cluster is gone', facts({ cluster: undefined }), 'cannot be found'],
  ];
  it.each(waiting)('%s', (_, given, because) => {
    const verdict = judgeSync(given);
    expect(verdict.kind).toBe('waiting');
    expect(verdict.kind === 'waiting' && verdict.because).toContain(because);
  });

  it('and never will, once somebody else changed the Secret', () => {
    expect(judgeSync(facts({ liveDataUnchanged: false })).kind).toBe('overwritten');
  });
});
