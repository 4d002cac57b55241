import { LOGIN_AGAIN_MS } from '../../domain/budgets.ts';
import { redactCluster } from '../../domain/text/redact-cluster.ts';
import { holds } from '../../domain/secrets/secret-data.ts';
import { judgeSync } from '../../domain/proofs/sync-proof.ts';
import type { Dependencies } from '../dependencies.ts';
import { awaitCnpg } from '../proof/await-cnpg.ts';
import { changedByAnother } from '../staging/live-secrets.ts';
import { movedPrimary } from '../proof/password-lost.ts';
import { proveLogin } from '../proof/prove-login.ts';
import { passwordsIn, readStaging, stagedSide, type Staging } from '../staging/staging.ts';
import { poolersFollow } from '../proof/prove-poolers.ts';
import type { StepClock } from '../proof/step-clock.ts';
import type { Seen } from '../proof/until.ts';
import type { SyncInput, SyncProven, SyncResult } from '../types/index.ts';

/** Running it twice is safe: it reads and logs in; its nudge is an annotation with the time. */
export async function sync(deps: Dependencies, input: SyncInput, clock: StepClock): Promise<SyncResult> {
  const { component } = input.rotation;
  const staging = await readStaging(deps, input.rotation);
  const { seen, nudged } = await awaitCnpg(deps, component, [input.change.login.role], clock, () =>
    observe(deps, input, staging),
  );
  // The emergency ALTER USER would not help where PostgreSQL accepts a login and PgBouncer does not.
  if (seen.done) await poolersFollow(deps, input, staging, clock);
  const ownAddresses = [...deps.ownAddresses()];
  return seen.done
    ? { proven: true, ...seen.result, nudged, ownAddresses }
    : { proven: false, because: seen.missing, ownAddresses };
}

async function observe(
  deps: Dependencies,
  { rotation, change: { target, login, proof: logins }, published }: SyncInput,
  staging: Staging,
): Promise<Seen<Omit<SyncProven, 'proven' | 'nudged'>>> {
  const { component } = rotation;
  const [cluster, live] = await Promise.all([
    deps.clusters.find(component.namespace, component.cluster),
    deps.secrets.find(component.namespace, login.secret),
  ]);
  const verdict = judgeSync({
    component,
    login,
    cluster: cluster && redactCluster(cluster, passwordsIn(staging)),
    publishedVersion: published.secrets[0]?.resourceVersion ?? '',
    liveVersion: live?.resourceVersion,
    liveDataUnchanged: live !== undefined && holds(live.data, stagedSide(staging, login.secret, target)),
  });
  switch (verdict.kind) {
    case 'overwritten':
      throw changedByAnother(rotation, staging, login.secret, live);
    case 'waiting':
      return { done: false, missing: verdict.because };
    case 'untold':
    case 'applied': {
      const untold = verdict.kind === 'untold';
      const proof = await proveLogin(deps, rotation, staging, logins);
      const { primary, version } = verdict;
      const moved = movedPrimary(component, primary, await deps.clusters.find(component.namespace, component.cluster));
      if (moved !== undefined) return { done: false, missing: moved, lookAgainMs: LOGIN_AGAIN_MS };
      if (proof.proven) {
        const result = { primary, version, appliedAt: proof.serverTime, ...(untold && { untold }) };
        return { done: true, result };
      }
      const missing = untold ? proof.because : `CNPG says that it is applied, but ${proof.because}`;
      return { done: false, missing, lookAgainMs: LOGIN_AGAIN_MS };
    }
  }
}
