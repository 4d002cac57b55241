import { SandboxError } from './errors.ts';

/** The newest first. */
export const CNPG_VERSIONS = ['1.30.0', '1.28.0', '1.24.1'] as const;
export type CnpgVersion = (typeof CNPG_VERSIONS)[number];

/** Major versions of PostgreSQL. Debian 12 has 15, Debian 13 has 17, and Debian's testing has 18. */
export const POSTGRES_MAJORS = ['15', '17', '18'] as const;
export type PostgresMajor = (typeof POSTGRES_MAJORS)[number];

/** In the order in which they start: the first is the one that most work is tried on. */
export const COMPONENT_NAMES = ['litellm', 'langfuse', 'obot', 'dragonfly'] as const;
export type ComponentName = (typeof COMPONENT_NAMES)[number];

/** Choices that are no path. The stand-in marks pod templates by a variable, or by an annotation, as Reloader can. */
export const RELOADER_CHOICES = ['standin', 'standin-annotations', 'none'] as const;

/** One of `RELOADER_CHOICES`, or the path of a real Reloader's binary. */
export type ReloaderChoice = string;

export interface SandboxOptions {
  /** Default 1.30.0, the newest that can be built here. */
  readonly cnpg?: CnpgVersion;
  /** The path of a built manager of CloudNativePG, instead of `cnpg`; only together with the manifest of its release. */
  readonly cnpgManager?: string | undefined;
  readonly cnpgManifest?: string | undefined;
  /** Default 15. */
  readonly postgresql?: PostgresMajor;
  /** Default `standin`. */
  readonly reloader?: ReloaderChoice;
  /** Default all four of the catalogue. */
  readonly components?: readonly ComponentName[];
}

export function isStandin(choice: ReloaderChoice): boolean {
  return choice === 'standin' || choice === 'standin-annotations';
}

export function parseCnpg(text: string): CnpgVersion {
  const version = CNPG_VERSIONS.find((known) => known === text);
  if (version === undefined) {
    throw new SandboxError(`--cnpg ${text}: the sandbox has CloudNativePG ${CNPG_VERSIONS.join(', ')}.`);
  }
  return version;
}

export function parsePostgres(text: string): PostgresMajor {
  const major = POSTGRES_MAJORS.find((known) => known === text);
  if (major === undefined) {
    throw new SandboxError(`--postgresql ${text}: the sandbox has PostgreSQL ${POSTGRES_MAJORS.join(', ')}.`);
  }
  return major;
}

export function parseComponents(text: string): ComponentName[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const known = COMPONENT_NAMES.filter((name) => names.includes(name));
  const unknown = names.filter((name) => !known.some((other) => other === name));
  if (unknown.length > 0 || known.length === 0) {
    const what = unknown.length > 0 ? `no component ${unknown.join(', ')}` : 'at least one component is needed';
    throw new SandboxError(`--components ${text}: ${what}; choose from ${COMPONENT_NAMES.join(', ')}.`);
  }
  return known;
}
