import { createHash } from 'node:crypto';

/** A password's fingerprint: what a test may print and compare. */
export function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
