import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Api } from '../common/api.ts';
import { KUBECONFIG } from './paths.ts';
import { LOGS } from '../common/paths.ts';

const podsSchema = z.looseObject({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
      spec: z.looseObject({
        containers: z.array(z.looseObject({ name: z.string() })),
        initContainers: z.array(z.looseObject({ name: z.string() })).optional(),
      }),
      status: z.unknown(),
    }),
  ),
});

const eventsSchema = z.looseObject({
  items: z.array(
    z.looseObject({
      lastTimestamp: z.string().nullish(),
      reason: z.string().nullish(),
      message: z.string().nullish(),
      involvedObject: z.looseObject({
        kind: z.string().nullish(),
        namespace: z.string().nullish(),
        name: z.string().nullish(),
      }),
    }),
  ),
});

export const DIAGNOSIS = join(LOGS, 'pods');

/** Writes down what the clean-up after a failed start is about to remove: events, pods' states and containers' logs. */
export async function writeDiagnosis(): Promise<void> {
  const api = new Api(KUBECONFIG);
  const write = (name: string, text: string) => writeFileSync(join(DIAGNOSIS, name), text, { mode: 0o600 });
  try {
    mkdirSync(DIAGNOSIS, { recursive: true, mode: 0o700 });
    const { items: events } = await api.get('/api/v1/events', eventsSchema);
    const lines = events.map(({ lastTimestamp, reason, message, involvedObject: { kind, namespace, name } }) =>
      [lastTimestamp ?? '-', `${kind ?? ''} ${namespace ?? ''}/${name ?? ''}`, reason ?? '', message ?? ''].join('  '),
    );
    write('events.log', `${lines.sort().join('\n')}\n`);
    const { items: pods } = await api.get('/api/v1/pods', podsSchema);
    for (const { metadata, spec, status } of pods) {
      const name = `${metadata.namespace}_${metadata.name}`;
      write(`${name}.json`, JSON.stringify(status, undefined, 2));
      for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
        const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/log?container=${container.name}&tailLines=300`;
        const text = await api.text(path).catch((error: unknown) => String(error));
        write(`${name}_${container.name}.log`, text);
      }
    }
  } finally {
    api.close();
  }
}
