import { secretAt, type Component } from '../../domain/component.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import { readRecord } from '../staging/replay.ts';
import { lockState, type Staging } from '../staging/staging.ts';
import type { SeenSecrets } from './seen-secrets.ts';

/**
 * The Secrets as they are when the record of an interrupted rotation has been replayed. The next rotation does that
 * before it writes anything, so a Secret that was left half changed must not block it.
 */
export async function afterReplay(
  deps: Dependencies,
  component: Component,
  seen: SeenSecrets,
  staging: Staging,
): Promise<SeenSecrets> {
  if ((await lockState(deps, staging)) !== 'ended') return seen;
  const { secrets, plan } = await readRecord({ secrets: seen }, component, staging);
  const { side, write } = plan;
  if (side === undefined || write.length === 0) return seen;
  const written = new Map(
    secrets.flatMap(({ staged, live }) =>
      live !== undefined && write.includes(staged.name)
        ? [[keyOf(live), { ...live, data: { ...live.data, ...staged.data[side] } }] as const]
        : [],
    ),
  );
  const replayed = (live: LiveSecret): LiveSecret => written.get(keyOf(live)) ?? live;
  const find: SeenSecrets['find'] = async (...at) => {
    const live = await seen.find(...at);
    return live && replayed(live);
  };
  return {
    ...seen,
    all: new Map([...seen.all].map(([ref, live]) => [ref, replayed(live)])),
    find,
    named: (secret) => {
      const { namespace, name } = secretAt(component, secret);
      return find(namespace, name);
    },
  };
}

function keyOf({ namespace, name }: LiveSecret): string {
  return `${namespace}/${name}`;
}
