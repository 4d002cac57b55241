import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { SandboxError } from '../common/errors.ts';
import {
  CNPG_VERSIONS,
  type ReloaderChoice,
  type ComponentName,
  type SandboxOptions,
  COMPONENT_NAMES,
  POSTGRES_MAJORS,
  RELOADER_CHOICES,
  type PostgresMajor,
} from '../common/options.ts';
import { resolveGivenCnpg, type GivenCnpg } from './given-cnpg.ts';

/** What a running sandbox was started with. */
export interface ResolvedOptions {
  /** One of `CNPG_VERSIONS`, or the version of the manager that was given. */
  readonly cnpg: string;
  readonly givenCnpg?: GivenCnpg | undefined;
  readonly postgresql: PostgresMajor;
  readonly reloader: ReloaderChoice;
  readonly components: readonly ComponentName[];
}

export function resolveOptions(options: SandboxOptions): ResolvedOptions {
  const wanted = options.components ?? COMPONENT_NAMES;
  const givenCnpg = resolveGivenCnpg(options.cnpgManager, options.cnpgManifest);
  return {
    cnpg: givenCnpg?.version ?? options.cnpg ?? CNPG_VERSIONS[0],
    ...(givenCnpg !== undefined && { givenCnpg }),
    postgresql: options.postgresql ?? POSTGRES_MAJORS[0],
    reloader: resolveReloader(options.reloader ?? 'standin'),
    components: COMPONENT_NAMES.filter((name) => wanted.includes(name)),
  };
}

function resolveReloader(choice: string): ReloaderChoice {
  if (RELOADER_CHOICES.some((known) => known === choice)) return choice;
  const path = resolve(choice);
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw new SandboxError(`--reloader ${choice}: there is no such file.`, {
      mend: `give ${RELOADER_CHOICES.join(', ')}, or the path of a Reloader binary for Linux`,
    });
  }
  return path;
}

/** What an `up` with other options than those of the running sandbox has to do. */
export type Adjustment =
  | { readonly kind: 'none' }
  | { readonly kind: 'adjust'; readonly addComponents: readonly ComponentName[]; readonly changeReloader: boolean }
  | { readonly kind: 'impossible'; readonly why: string };

export function decideAdjustment(running: ResolvedOptions, wanted: ResolvedOptions): Adjustment {
  if (running.cnpg !== wanted.cnpg) {
    return { kind: 'impossible', why: `it runs CloudNativePG ${running.cnpg}, not ${wanted.cnpg}` };
  }
  if (running.givenCnpg?.manager !== wanted.givenCnpg?.manager) {
    return { kind: 'impossible', why: `it runs ${managerOf(running)}, not ${managerOf(wanted)}` };
  }
  if (running.postgresql !== wanted.postgresql) {
    return { kind: 'impossible', why: `it runs PostgreSQL ${running.postgresql}, not ${wanted.postgresql}` };
  }
  const extra = running.components.filter((name) => !wanted.components.includes(name));
  if (extra.length > 0) {
    return { kind: 'impossible', why: `it also runs ${extra.join(', ')}` };
  }
  const addComponents = wanted.components.filter((name) => !running.components.includes(name));
  const changeReloader = running.reloader !== wanted.reloader;
  return addComponents.length === 0 && !changeReloader
    ? { kind: 'none' }
    : { kind: 'adjust', addComponents, changeReloader };
}

function managerOf({ cnpg, givenCnpg }: ResolvedOptions): string {
  return givenCnpg === undefined ? `the CloudNativePG ${cnpg} that the sandbox built` : givenCnpg.manager;
}
