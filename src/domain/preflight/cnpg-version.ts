import type { OrUnknown } from './facts.ts';

/**
 * The first patch release of each minor version with two fixes that a rotation needs (source: CNPG's release notes).
 * CNPG sends a password to PostgreSQL only as a SCRAM verifier (CVE-2026-55765). The bad Secret of one managed role no
 * longer stops the other roles (#10053).
 */
const FIRST_FIXED_PATCH: Readonly<Record<number, number>> = { 28: 4, 29: 2 };

/** The version in the tag of an operator's image; `undefined` for a digest or somebody's own tag. */
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
