import { log } from '@temporalio/activity';
import { LOGIN_AGAIN_MS, LOOK_AGAIN_MS, NUDGE_AFTER_BUDGET_FRACTION } from '../../domain/budgets.ts';
import { messageOf } from '../../domain/failures.ts';
import { redactCluster } from '../../domain/text/redact-cluster.ts';
import { holds } from '../../domain/secrets/secret-data.ts';
import { judgeSync, type SyncVerdict } from '../../domain/proofs/sync-proof.ts';
import type { Dependencies } from '../dependencies.ts';
import { fromHere } from '../proof/from-here.ts';
import { passwordsIn } from '../gather/known-passwords.ts';
import { changedByAnother } from '../staging/live-secrets.ts';
import { proveLogin } from '../proof/prove-login.ts';
import { readStaging, stagedSide, type Staging } from '../staging/staging.ts';
import type { StepClock } from '../proof/step-clock.ts';
import type { SyncInput, SyncResult } from '../types.ts';

/** Running it twice is safe: it reads and logs in; its nudge is an annotation with the time. */
export async function sync(deps: Dependencies, input: SyncInput, clock: StepClock): Promise<SyncResult> {
  const { component } = input.rotation;
  const staging = await readStaging(deps, input.rotation);
  const nudgeAt = clock.startedAt + (clock.deadline - clock.startedAt) * NUDGE_AFTER_BUDGET_FRACTION;
  const changes = deps.watch([deps.clusters.watched(component.namespace, component.cluster)]);
  let nudged = false;
  try {
    for (;;) {
      const seen = await observe(deps, input, staging);
      if (seen.proven) return { ...seen, nudged, ...fromHere(deps) };
      const now = deps.now().getTime();
      if (now >= clock.deadline) return { proven: false, because: seen.because, ...fromHere(deps) };
      if (!nudged && now >= nudgeAt) {
        nudged = true;
        await nudge(deps, input);
      }
      const nextMoment = nudged ? clock.deadline : nudgeAt;
      await changes.next(Math.min(seen.lookAgainMs, Math.max(nextMoment - now, 1)), clock.signal);
      clock.signal.throwIfAborted();
    }
  } finally {
    changes.close();
  }
}

type Seen =
  | { readonly proven: true; readonly primary: string; readonly version: string; readonly appliedAt: string }
  | { readonly proven: false; readonly because: string; readonly lookAgainMs: number };

async function observe(
  deps: Dependencies,
  { rotation, change: { target, login, proof: logins }, published }: SyncInput,
  staging: Staging,
): Promise<Seen> {
  const { component } = rotation;
  const [cluster, live] = await Promise.all([
    deps.clusters.find(component.namespace, component.cluster),
    deps.secrets.find(component.namespace, login.secret),
  ]);
  const verdict: SyncVerdict = judgeSync({
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
      return { proven: false, because: verdict.because, lookAgainMs: LOOK_AGAIN_MS };
    case 'applied': {
      const proof = await proveLogin(deps, rotation, staging, logins);
      if (proof.proven)
        return { proven: true, primary: verdict.primary, version: verdict.version, appliedAt: proof.serverTime };
      return {
        proven: false,
        because: `CNPG says that it is applied, but ${proof.because}`,
        lookAgainMs: LOGIN_AGAIN_MS,
      };
    }
  }
}

/** A nudge that fails is no failure of the step: the operator may be down, which the budget will show. */
async function nudge(deps: Dependencies, { rotation: { component } }: SyncInput): Promise<void> {
  try {
    await deps.clusters.nudge(component.namespace, component.cluster, deps.now());
  } catch (error) {
    log.warn('CNPG could not be nudged', { reason: messageOf(error) });
  }
}
