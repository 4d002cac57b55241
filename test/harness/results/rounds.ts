import type { CnpgVersion } from '../../../sandbox/common/options.ts';

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

/** All of it on the newest CNPG; on the older one what depends on CNPG. */
export const BOTH_VERSIONS: readonly Round[] = [
  { cnpg: '1.30.0', patterns: [] },
  {
    cnpg: '1.28.0',
    patterns: ['e2e/rotate', 'e2e/alternating', 'specification/emergency', 'specification/other-role'].map(exactly),
  },
];

/** The pattern of one file, by its name below `test/` without its ending. */
export function exactly(file: string): string {
  return `/test/${file}\\.test\\.ts$`;
}
