import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { COMPONENT_NAMES, POSTGRES_MAJORS } from '../common/options.ts';
import { RUN, STATE } from './paths.ts';

const stateSchema = z.object({
  /** `starting` is what an `up` leaves that was killed; nothing but `down` is to be done with it. */
  stage: z.enum(['starting', 'up']),
  options: z.object({
    cnpg: z.string(),
    givenCnpg: z.object({ manager: z.string(), manifest: z.string(), version: z.string() }).optional(),
    postgresql: z.enum(POSTGRES_MAJORS),
    reloader: z.string(),
    components: z.array(z.enum(COMPONENT_NAMES)),
  }),
  /** The first process of the namespaces. */
  init: z.object({ pid: z.number(), started: z.string() }).optional(),
  /** The programs of the node, by their pids as the namespace sees them. */
  daemons: z.record(z.string(), z.number()),
  /** The host's settings as they were before kubelet changed them. */
  sysctls: z.record(z.string(), z.string()),
  phases: z.array(z.object({ name: z.string(), seconds: z.number() })),
});

export type State = z.infer<typeof stateSchema>;

/** What the last `up` wrote down, or undefined when there is no sandbox. */
export function readState(): State | undefined {
  let text: string;
  try {
    text = readFileSync(STATE, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return stateSchema.parse(JSON.parse(text));
}

export function writeState(state: State): void {
  mkdirSync(RUN, { recursive: true, mode: 0o700 });
  writeFileSync(`${STATE}.new`, JSON.stringify(state, undefined, 2), { mode: 0o600 });
  renameSync(`${STATE}.new`, STATE);
}
