import { DefaultLogger, type Logger } from '@temporalio/worker';
import { destination, pino } from 'pino';
import pretty from 'pino-pretty';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;

/** Fields of Temporal's lines that say nothing to a person, and that name a task to whoever has the token. */
const LEFT_OUT: ReadonlySet<string> = new Set(['taskToken', 'task_token', 'sdkComponent']);

/**
 * On stderr, so that stdout stays for results: JSON lines, or lines for people where stderr is a terminal. `LOG_FORMAT`
 * (`json`, `text`) decides otherwise. `LOG_LEVEL` is one of pino's; default `info`.
 */
export const logger = pino(
  {
    name: 'cnpg-rotator',
    level: process.env['LOG_LEVEL'] ?? 'info',
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
  },
  isForPeople() ? linesForPeople() : destination({ fd: 2, sync: true }),
);

function isForPeople(): boolean {
  const format = process.env['LOG_FORMAT'];
  return format === undefined || format === '' ? process.stderr.isTTY : format === 'text';
}

function linesForPeople() {
  const colorize = process.stderr.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  return pretty({ colorize, destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'name' });
}

/** Temporal's own log lines, in the same form. Its lines about bundles and pollers are only for debugging. */
export function temporalLogger(): Logger {
  return new DefaultLogger('INFO', ({ level, message, meta = {} }) => {
    const quiet = meta['sdkComponent'] === 'worker' && level === 'INFO';
    const name = quiet ? 'debug' : (LEVELS.find((known) => known === level.toLowerCase()) ?? 'info');
    logger[name](Object.fromEntries(Object.entries(meta).filter(([field]) => !LEFT_OUT.has(field))), message);
  });
}
