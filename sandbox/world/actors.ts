import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Secret } from '@kubernetes/client-node';
import type { Kube } from './kube.ts';
import type { Moments } from './moments.ts';
import type { Place } from './place.ts';
import type { Actor } from './schema.ts';

export interface Stagehands {
  readonly kube: Kube;
  readonly place: Place;
  readonly moments: Moments;
  /** Ends what actors still wait for. */
  readonly signal: AbortSignal;
  readonly sql: (statements: string) => Promise<unknown>;
  readonly stopWorker: (seconds: number) => Promise<void>;
  /** Tells of each change of a Secret. @returns what ends it. */
  readonly onSecret: (see: (secret: V1Secret) => void) => () => void;
}

/** Lets the others do what the file says. @returns what is called when all is over: it throws what went wrong. */
export function startActors(actors: readonly Actor[], with_: Stagehands): () => Promise<void> {
  const acting = actors.map((actor) => act(actor, with_));
  for (const one of acting) one.catch(() => undefined);
  return async () => {
    await Promise.all(acting);
  };
}

async function act(actor: Actor, stage: Stagehands): Promise<void> {
  const { kube, place, moments, signal } = stage;
  if ('reverts' in actor) return revert(actor, stage);
  const aborted = new Promise<'over'>((resolve) => signal.addEventListener('abort', () => resolve('over')));
  if ((await Promise.race([moments.at(actor.when), aborted])) === 'over') return;
  await sleep(actor.seconds * 1_000, undefined, { signal }).catch(() => undefined);
  if (signal.aborted) return;
  if ('writes' in actor) {
    const { secret, stringData } = actor.writes;
    await kube.applyAsAnother({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: place.secret(secret),
      stringData: place.within(stringData),
    });
  } else if ('starts' in actor) {
    const { cronJob, namespace } = actor.starts;
    await kube.startCronJob(namespace === undefined ? place.home : place.of(namespace), cronJob);
  } else if ('deletes' in actor) {
    await kube.delete({ apiVersion: 'v1', kind: actor.deletes.kind, metadata: place.secret(actor.deletes.name) });
  } else if ('merges' in actor) {
    const { metadata } = actor.merges;
    const namespace = metadata.namespace === undefined ? place.home : place.of(metadata.namespace);
    await kube.merge({ ...place.within(actor.merges), metadata: { ...metadata, namespace } });
  } else if ('stopsWorkerSeconds' in actor) {
    await stage.stopWorker(actor.stopsWorkerSeconds);
  } else {
    await stage.sql(actor.sql);
  }
}

/** An owner that has its own truth: it writes the data of the beginning again. */
async function revert(
  { reverts, seconds }: Extract<Actor, { reverts: string }>,
  { kube, place, signal, onSecret }: Stagehands,
): Promise<void> {
  const { namespace, name } = place.secret(reverts);
  const { data: truth = {} } = await kube.core.readNamespacedSecret({ namespace, name });
  const isOther = ({ data = {} }: V1Secret): boolean => Object.entries(truth).some(([key, text]) => data[key] !== text);
  const failures: unknown[] = [];
  const end = onSecret((secret) => {
    const { metadata } = secret;
    if (metadata?.namespace !== namespace || metadata.name !== name || !isOther(secret)) return;
    void sleep(seconds * 1_000, undefined, { signal }).then(
      () => {
        kube
          .applyAsAnother({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, data: truth })
          .catch((error: unknown) => failures.push(error));
      },
      () => undefined,
    );
  });
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  end();
  if (failures.length > 0) throw failures[0];
}
