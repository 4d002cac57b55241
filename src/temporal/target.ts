import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { RotationError } from '../domain/failures.ts';
import { payloadKeys, type PayloadKey } from './payloads/payload-keys.ts';
import { taskQueue } from './task-queue.ts';

const DEFAULT_TEMPORAL_ADDRESS = 'localhost:7233';

export interface TemporalTarget {
  readonly connection: NativeConnectionOptions & { readonly address: string };
  readonly namespace: string;
  /** The Task Queue of starters and workers. */
  readonly taskQueue: string;
  /** With which payloads are encrypted. Default: none. */
  readonly payloadKeys?: readonly PayloadKey[];
}

/**
 * The address of Temporal, from the standard variables (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`,
 * `TEMPORAL_TLS_…`, `TEMPORAL_PROFILE`) and the file of `TEMPORAL_CONFIG_FILE`, with the keys of our own file.
 * @throws RotationError `InvalidConfiguration`.
 */
export function temporalTarget(): TemporalTarget {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  return {
    connection: { ...connectionOptions, address: connectionOptions.address ?? DEFAULT_TEMPORAL_ADDRESS },
    namespace: namespace ?? 'default',
    taskQueue: taskQueue(),
    payloadKeys: payloadKeys(),
  };
}

export function temporalUnreachable(target: TemporalTarget, reason: string): RotationError {
  return new RotationError(
    'TemporalUnreachable',
    `Temporal does not answer at ${target.connection.address}: ${reason}. Start one with "cnpg-rotate up", or set TEMPORAL_ADDRESS.`,
  );
}
