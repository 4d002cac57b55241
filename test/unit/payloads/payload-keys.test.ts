import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { payloadKeys } from '../../../src/temporal/payloads/payload-keys.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'payload-keys-'));
const file = path.join(folder, 'keys');
afterAll(() => rmSync(folder, { recursive: true }));

const KEY = Buffer.alloc(32, 'K').toString('base64');
const SHORT = Buffer.alloc(31, 'K').toString('base64');

const read = (text: string) => {
  writeFileSync(file, text);
  return payloadKeys(file);
};

describe('the file of payload keys', () => {
  it.each([undefined, ''])('is not asked for by %p: there are no keys', (name) => {
    expect(payloadKeys(name)).toEqual([]);
  });

  it('has one key a line, in order, with comments and empty lines', () => {
    const keys = read(`# newest first\n2026-11: ${KEY}\n\n  2025.a_1:${KEY}  \n`);
    expect(keys.map(({ id }) => id)).toEqual(['2026-11', '2025.a_1']);
    expect(keys.map(({ key }) => key.export().toString())).toEqual(['K'.repeat(32), 'K'.repeat(32)]);
  });

  it('prints no key', () => {
    const [key] = read(`a: ${KEY}`);
    expect(inspect(key, { depth: 9 }) + JSON.stringify(key)).not.toMatch(/KKK|S0tL/);
  });

  it.each([
    ['a line without an id', KEY, 'has a wrong line 1: it is not an id'],
    ['a line with an id of other characters', `a: ${KEY}\nb c: ${KEY}`, 'has a wrong line 2: it is not an id'],
    ['a key that is too short', `#\na: ${SHORT}`, 'has a wrong line 2: the key "a" has 31 bytes'],
    ['a key that is not base64', `a: ${KEY.replace('=', '!')}`, 'has a wrong line 1: the key "a" is not base64'],
    ['a key in hexadecimal digits', `a: ${'4b'.repeat(32)}`, 'has a wrong line 1: the key "a" has 48 bytes'],
    ['no key', '# none\n', 'has no key'],
    ['an id that stands twice', `a: ${KEY}\na: ${KEY}`, 'has two keys with the id "a"'],
  ])('with %s is refused, without showing the key', (_, text, says) => {
    let message = '';
    try {
      read(text);
    } catch (error) {
      message = String(error);
      expect(error).toMatchObject({ type: 'InvalidConfiguration' });
    }
    expect(message).toContain(`CNPG_ROTATOR_PAYLOAD_KEY_FILE, ${file}, ${says}`);
    expect(message).not.toMatch(/S0tL|4b4b|KKK/);
  });

  it('that is absent is named, with the reason', () => {
    expect(() => payloadKeys(path.join(folder, 'absent'))).toThrow(
      /absent, cannot be read \(.*ENOENT: no such file or directory\)/,
    );
  });
});
