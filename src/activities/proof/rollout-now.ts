import { isWorkload, type SecretReader } from '../../domain/component.ts';
import type { RolloutFacts } from '../../domain/proofs/rollout-facts.ts';
import type { Watched } from '../../kubernetes/changes.ts';
import type { RestartSigns } from '../../kubernetes/restart-signs.ts';
import type { Dependencies } from '../dependencies.ts';

/** The objects to watch while the reader restarts. */
export function watchedDuringRestart(deps: Dependencies, reader: SecretReader): readonly Watched[] {
  return isWorkload(reader) ? deps.workloads.watched(reader) : deps.consumerObjects.watched(reader.namespace);
}

/** The reader and its pods now. An owner of another kind shows no template that we know, so its pods' age is the proof. */
export async function rolloutNow(deps: Dependencies, reader: SecretReader, signs: RestartSigns): Promise<RolloutFacts> {
  const { replacedPods, readyBefore, namespace } = reader;
  if (isWorkload(reader)) return { ...(await deps.workloads.rollout(reader, signs)), readyBefore };
  const names = signs.secrets.map(({ name }) => name);
  const listed = await deps.consumerObjects.list(namespace);
  const pods = listed.podsOf(reader, names, signs.changedAt);
  return { desired: replacedPods ?? 0, readyBefore, observed: true, marker: 'forced', replaces: 'all', pods };
}
