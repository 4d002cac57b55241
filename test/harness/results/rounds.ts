import { CNPG_VERSIONS, type CnpgVersion } from '../../../sandbox/common/options.ts';

/** What a rotation stands on, and the file on the real cluster that holds it: these are run at each check. */
export const PILLARS = {
  'in place': 'e2e/rotate',
  alternating: 'e2e/alternating',
  adoption: 'e2e/adopt',
  'roll-back': 'specification/restart',
  emergency: 'specification/emergency',
  'a killed worker': 'specification/crash',
  'the scan for secrets': 'e2e/secret-scan',
} as const;

export interface Round {
  readonly cnpg: CnpgVersion;
  readonly patterns: readonly string[];
}

/** What depends on CNPG: two rotations and the specification. */
const OF_EACH_VERSION = [...['e2e/rotate', 'e2e/alternating'].map(exactly), '/test/specification/'];

/** All tests on the newest CNPG; on each older one what depends on CNPG. */
export const ALL_VERSIONS: readonly Round[] = CNPG_VERSIONS.map((cnpg, index) => ({
  cnpg,
  patterns: index === 0 ? [] : OF_EACH_VERSION,
}));

/** The pattern of one file, by its name below `test/` without its ending. */
export function exactly(file: string): string {
  return `/test/${file}\\.test\\.ts$`;
}
