import { Client, Connection } from '@temporalio/client';
import { WORKERS_KEYS_MS } from '../domain/budgets.ts';
import { messageOf } from '../domain/failures.ts';
import { dataConverter } from '../temporal/payloads/data-converter.ts';
import { requireKeysOfWorkers } from '../temporal/payloads/require-keys.ts';
import { traces } from '../temporal/traces/traces.ts';
import { temporalUnreachable, type TemporalTarget } from '../temporal/target.ts';

/** @throws RotationError `TemporalUnreachable`, or `PayloadUnreadable` without the key of the workers. */
export async function connectClient(target: TemporalTarget): Promise<Client> {
  const { address, tls, apiKey, metadata } = target.connection;
  const connection = await Connection.connect({
    address,
    connectTimeout: '5s',
    // A server that comes back is seen soon. gRPC's own default is two minutes.
    channelArgs: { 'grpc.max_reconnect_backoff_ms': 5_000 },
    ...(tls != null && { tls }),
    ...(apiKey !== undefined && { apiKey }),
    ...(metadata !== undefined && { metadata }),
  }).catch((error: unknown) => {
    throw temporalUnreachable(target, messageOf(error).split('\n')[0] ?? '');
  });
  await connection.withDeadline(Date.now() + WORKERS_KEYS_MS, () =>
    requireKeysOfWorkers(connection.workflowService, target),
  );
  const { namespace, payloadKeys = [] } = target;
  const traced = await traces({ withoutMessages: payloadKeys.length > 0 });
  return new Client({
    connection,
    namespace,
    dataConverter: dataConverter(payloadKeys),
    ...(traced !== undefined && { interceptors: { workflow: [traced.workflowClient] } }),
  });
}
