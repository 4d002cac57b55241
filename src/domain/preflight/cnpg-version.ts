import type { OrUnknown } from './facts.ts';

/**
 * The first patch release of each minor version with two fixes that a rotation leans on, by CNPG's release notes: a
 * password reaches PostgreSQL as a SCRAM verifier only (CVE-2026-55765), and the bad Secret of one managed role no
 * longer stops the others (#10053).
 */
const FIRST_FIXED_PATCH: Readonly<Record<number, number>> = { 28: 4, 29: 2 };

/** The tag of an operator's image as a version, or `undefined` for a digest or a tag of somebody's own. */
export function parseCnpgVersion(tag: string): string | undefined {
  return /^v?(\d+\.\d+\.\d+)(?:[-+].*)?$/.exec(tag)?.[1];
}

export function hasPasswordFixes(version: OrUnknown<string>, whenUnknown: boolean): boolean {
  const [major, minor, patch] = version.split('.').map(Number);
  if (major === undefined || minor === undefined || patch === undefined) return whenUnknown;
  if (major > 1 || minor >= 30) return true;
  const first = FIRST_FIXED_PATCH[minor];
  return first !== undefined && patch >= first;
}
