import { COMPONENT_LABEL, LAST_CHANGE, LAST_CHANGE_AT, PUSHED } from '../../domain/marks.ts';
import { secretAt, type Component } from '../../domain/component.ts';
import { changedMeanwhile } from '../../domain/failures.ts';
import {
  planReplay,
  sideOf,
  unfinishedSide,
  type ReplayFacts,
  type ReplayPlan,
} from '../../domain/rotation/replay-plan.ts';
import type { RotationRef } from '../../domain/rotation/rotation.ts';
import type { TookOver, UnfinishedTurn } from '../../domain/rotation/took-over.ts';
import { copiesIn } from '../../domain/secret-plan/copies.ts';
import { fluxKustomization } from '../../kubernetes/flux-labels.ts';
import type { LiveSecret, Secrets } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import { fence } from './fence.ts';
import { readLiveSecrets, type StagedAndLive } from './live-secrets.ts';
import type { Staging } from './staging.ts';
import { noteReplayed } from './take-over.ts';

/** The value of `LAST_CHANGE` on a Secret that the rotation brought along. */
const replayedBy = (rotationId: string): string => `${rotationId}.replayed`;

/**
 * Brings the application's Secrets of an interrupted rotation to one side, and fences the others. Where Flux applies
 * the Secrets from Git, one commit changed them together, and the branch is the record: nothing is written here. A late
 * push of that rotation cannot come any more, because it first notes itself on the staging Secret.
 * Running it twice is safe: every write has a precondition, and what was brought along has our annotation.
 */
export async function replay(
  deps: Dependencies,
  rotation: RotationRef,
  staging: Staging,
): Promise<{ readonly staging: Staging; readonly tookOver: TookOver }> {
  const { id, component } = rotation;
  const { secrets, plan } = await readRecord(deps, component, staging);
  const { side, write, fence: kept, changedSince } = plan;
  const broughtAlong: string[] = [];
  // The main Secret comes first. From its write on, the side that it holds cannot change by a late write.
  for (const { staged, live } of secrets) {
    if (live === undefined) continue;
    if (side !== undefined && write.includes(staged.name)) {
      await bringAlong(deps, id, live, staged.data[side]);
      broughtAlong.push(staged.name);
    } else if (kept.includes(staged.name)) {
      // An earlier attempt of this replay may have written it.
      if (live.annotations[LAST_CHANGE] === replayedBy(id)) broughtAlong.push(staged.name);
      else await fence(deps, id, live);
    }
  }
  const record = staging.recordOf?.rotation ?? staging.rotationId;
  const unfinished = await unfinishedTurn(deps, component, staging, record);
  const tookOver = { rotation: record, broughtAlong, changedSince, ...(unfinished && { unfinished }) };
  return { staging: await noteReplayed(deps, rotation, staging, unfinished?.side), tookOver };
}

/** The turn of a record, where it had moved the application and was not finished. Nothing is written. */
async function unfinishedTurn(
  deps: Dependencies,
  component: Component,
  staging: Staging,
  record: string,
): Promise<UnfinishedTurn | undefined> {
  const { turn, isHandedOver, secrets } = staging;
  if (turn === undefined || isHandedOver) return undefined;
  const { active, idle } = turn;
  const ofRoles = [active.secret, idle.secret];
  const applications = secrets.map(({ name }) => name).filter((name) => !ofRoles.includes(name));
  const facts = await Promise.all(
    secrets.map(async ({ name, data }) => {
      const at = secretAt(component, name);
      const live = await deps.secrets.find(at.namespace, at.name);
      return { side: sideOf({ staged: data, live: live?.data }), live, ofRole: ofRoles.includes(name) };
    }),
  );
  const written = facts.some(({ live, ofRole }) => !ofRole && live?.annotations[LAST_CHANGE]?.startsWith(`${record}.`));
  const side = unfinishedSide(facts, written || PUSHED in staging.secret.annotations);
  return side === undefined ? undefined : { side, turn: { active, idle }, secrets: applications };
}

/** The Secrets of a record as they are now, and what a replay does with them. */
export async function readRecord(
  deps: { readonly secrets: Pick<Secrets, 'find'> },
  component: Component,
  staging: Staging,
): Promise<{ readonly secrets: readonly StagedAndLive[]; readonly plan: ReplayPlan }> {
  const names = component.gitops === undefined ? staging.secrets.map(({ name }) => name) : [];
  const read = await readLiveSecrets(deps, { component }, staging, names);
  const copies = copiesOf(component, read);
  const secrets = read.filter(
    ({ staged, live }) =>
      !copies.includes(staged.name) && (live === undefined || fluxKustomization(live) === undefined),
  );
  return { secrets, plan: planReplay(secrets.map((one) => toFacts(component, one))) };
}

/** Somebody else copies these from another Secret of the record, and brings them along himself. */
function copiesOf(component: Component, read: readonly StagedAndLive[]): readonly string[] {
  const changes = read.map(({ staged: { name: secret } }) => {
    return { secret, place: { key: '', within: '', meaning: 'password' }, why: '' } as const;
  });
  const live = read.flatMap((one) => (one.live === undefined ? [] : [[one.staged.name, one.live] as const]));
  return copiesIn(component, { changes }, new Map(live));
}

function toFacts(component: Component, { staged, live }: StagedAndLive): ReplayFacts {
  const { name, data } = staged;
  const ofRole =
    component.alternating.logins.some(({ secret }) => secret === name) ||
    (live !== undefined && COMPONENT_LABEL in live.labels);
  const kind = name === component.secret ? 'main' : ofRole ? 'role' : 'other';
  return { name, kind, staged: data, live: live?.data };
}

async function bringAlong(
  deps: Dependencies,
  rotationId: string,
  { namespace, name, resourceVersion }: LiveSecret,
  data: LiveSecret['data'],
): Promise<void> {
  const annotations = { [LAST_CHANGE]: replayedBy(rotationId), [LAST_CHANGE_AT]: deps.now().toISOString() };
  const changed = await deps.secrets.change(namespace, name, { data, annotations, resourceVersion });
  if (changed === undefined) throw changedMeanwhile('Secret', namespace, name);
}
