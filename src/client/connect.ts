import { Client, Connection } from '@temporalio/client';
import { messageOf } from '../domain/failures.ts';
import { temporalUnreachable, type TemporalTarget } from '../temporal/target.ts';

/** @throws RotationError `TemporalUnreachable`. */
export async function connectClient(target: TemporalTarget): Promise<Client> {
  const { address, tls, apiKey, metadata } = target.connection;
  const connection = await Connection.connect({
    address,
    connectTimeout: '5s',
    ...(tls != null && { tls }),
    ...(apiKey !== undefined && { apiKey }),
    ...(metadata !== undefined && { metadata }),
  }).catch((error: unknown) => {
    throw temporalUnreachable(target, messageOf(error).split('\n')[0] ?? '');
  });
  return new Client({ connection, namespace: target.namespace });
}
