import { DefaultLogger, type Logger } from '@temporalio/worker';
import { destination, pino } from 'pino';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;

/** JSON lines on stderr, so that stdout stays for results. `LOG_LEVEL` is one of pino's; default `info`. */
export const logger = pino(
  {
    name: 'cnpg-rotator',
    level: process.env['LOG_LEVEL'] ?? 'info',
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
  },
  destination({ fd: 2, sync: true }),
);

/** Temporal's own log lines, in the same form. Its lines about bundles and pollers are only for debugging. */
export function temporalLogger(): Logger {
  return new DefaultLogger('INFO', ({ level, message, meta }) => {
    const quiet = meta?.['sdkComponent'] === 'worker' && level === 'INFO';
    const name = quiet ? 'debug' : (LEVELS.find((known) => known === level.toLowerCase()) ?? 'info');
    logger[name](meta ?? {}, message);
  });
}
