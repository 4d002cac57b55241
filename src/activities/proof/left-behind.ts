import type { ClientSessions } from '../../domain/consumers/clients.ts';
import { judgeLeftBehind, type LeftBehind } from '../../domain/consumers/left-behind.ts';
import { namespacesOf } from '../../domain/component.ts';
import type { Refusal } from '../../domain/proofs/refused-logins.ts';
import { placedWorkloads } from '../../domain/rotation/rotation.ts';
import type { Dependencies } from '../dependencies.ts';
import { podsWithAddresses } from '../gather/clients.ts';
import type { VerifyInput } from '../types/index.ts';

export interface SeenAtTheEnd {
  readonly refusals: readonly Refusal[];
  readonly oldSessions: readonly ClientSessions[];
  /** When the new login was proven, by PostgreSQL's clock in milliseconds since the epoch. The last old pod was gone. */
  readonly provenAt: number;
}

/** Names the clients that still have the other password. */
export async function findLeftBehind(
  deps: Dependencies,
  input: VerifyInput,
  { refusals, oldSessions, provenAt }: SeenAtTheEnd,
): Promise<readonly LeftBehind[]> {
  if (refusals.length === 0 && oldSessions.length === 0) return [];
  const { rotation, clients, endingPods, workloads, seenBefore = [] } = input;
  const { namespace } = rotation.component;
  const before = clients.map((pod) => ({ namespace, ...pod }));
  // A rotation of an earlier version did not note the owners of the pods, and restarted what it had found.
  const owners = before.map((pod) => ({ namespace: pod.namespace, ...(pod.owner ?? { kind: 'Pod', name: pod.pod }) }));
  const restarted = workloads === undefined ? owners : placedWorkloads(rotation.component, workloads);
  const addresses = [...refusals.map(({ client }) => client), ...oldSessions.flatMap(({ address }) => address ?? [])];
  const { pods: now } = await podsWithAddresses(deps, namespacesOf(rotation.component), addresses);
  return judgeLeftBehind({
    refusals,
    goneAt: provenAt,
    oldSessions,
    restarted,
    endingPods,
    pods: { before, now },
    seenBefore,
  });
}
