import { inspect } from 'node:util';
import { generatePassword } from '../../src/activities/staging/generate-password.ts';
import {
  bitsOf,
  DEFAULT_PASSWORD_RULE,
  passwordRuleProblem,
  type PasswordRule,
} from '../../src/domain/password-rule.ts';
import { Password } from '../../src/domain/password.ts';
import { percentEncode } from '../../src/domain/secrets/notations/percent.ts';

const SECRET = 'correct-horse-battery-staple';

describe('a password', () => {
  const password = Password.of(SECRET);

  it.each([
    ['String()', () => String(password)],
    ['joining', () => [password, password].join(' ')],
    ['JSON', () => JSON.stringify({ deep: { password } })],
    ['inspect', () => inspect({ deep: [password] }, { depth: 9, showHidden: true })],
    ['its own keys', () => JSON.stringify(Object.getOwnPropertyNames(password))],
    ['a copy of its properties', () => JSON.stringify(Object.assign({}, password))],
    ['a structured clone', () => JSON.stringify(structuredClone(password))],
  ])('does not show itself through %s', (_, show) => {
    expect(show()).not.toContain(SECRET);
  });

  it('shows itself when it is asked to', () => {
    expect(password.reveal()).toBe(SECRET);
  });

  it('is never empty', () => {
    expect(() => Password.of('')).toThrow('not empty');
  });
});

describe('a generated password', () => {
  const times = (count: number, rule?: PasswordRule): readonly string[] =>
    Array.from({ length: count }, () => generatePassword(rule).reveal());

  it('has 40 characters, none of which a URI, a shell or Flux would change', () => {
    expect(times(1_000).filter((text) => !/^[A-Za-z][A-Za-z0-9_-]{39}$/.test(text))).toEqual([]);
  });

  it('is another one each time', () => {
    expect(new Set(times(1_000)).size).toBe(1_000);
  });

  it('has the length and the characters of its rule, and begins with a letter', () => {
    const all = times(200, { length: 64, alphabet: '0123456789abcdef' });
    expect(all.filter((text) => !/^[a-f][0-9a-f]{63}$/.test(text))).toEqual([]);
  });

  // Bytes modulo 48 would favour the first 16 characters by a fifth: their share would be 0.375 instead of a third.
  it('has each character of its alphabet as often as any other', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst-_';
    const drawn = times(2_000, { length: 99, alphabet }).flatMap((text) => Array.from(text.slice(1)));
    const expected = drawn.length / alphabet.length;
    const counts = Array.from(alphabet).map((one) => drawn.filter((other) => other === one).length);
    // Chi-squared with 47 degrees of freedom: a fair draw goes beyond 130 less than once in a billion runs.
    expect(counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)).toBeLessThan(130);
  });

  it('begins with each letter as often as with any other', () => {
    const letters = 'abcdef';
    const first = times(6_000, { length: 64, alphabet: '0123456789abcdef' }).map((text) => text.charAt(0));
    const counts = Array.from(letters).map((one) => first.filter((other) => other === one).length);
    // 5 degrees of freedom: a fair draw goes beyond 50 less than once in a hundred million runs.
    expect(counts.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0)).toBeLessThan(50);
  });

  it('is not made by a rule that the catalogue would not take, whoever sent the rule', () => {
    expect(() => generatePassword({ length: 24, alphabet: 'ab' })).toThrow('24 bits of chance');
  });
});

describe('the rule of a password', () => {
  it.each([
    [DEFAULT_PASSWORD_RULE, 239],
    [{ length: 64, alphabet: '0123456789abcdef' }, 254],
    [{ length: 33, alphabet: '0123456789abcdef' }, 130],
  ])('is enough where it gives 128 bits or more: %j', (rule, bits) => {
    expect([passwordRuleProblem(rule), Math.floor(bitsOf(rule))]).toEqual([undefined, bits]);
  });

  it.each([
    [{ length: 23, alphabet: DEFAULT_PASSWORD_RULE.alphabet }, 'the length must be from 24 to 99 characters'],
    [{ length: 100, alphabet: DEFAULT_PASSWORD_RULE.alphabet }, 'the length must be from 24 to 99 characters'],
    [{ length: 40.5, alphabet: DEFAULT_PASSWORD_RULE.alphabet }, 'the length must be from 24 to 99 characters'],
    [{ length: 32, alphabet: '0123456789abcdef' }, 'such a password has 126 bits of chance, and must have 128'],
    [{ length: 40, alphabet: '0123456789' }, 'the alphabet has no letter'],
    [{ length: 40, alphabet: 'abcdefghija' }, 'the alphabet has a character twice'],
    ...['$', '/', '@', ':', '%', '~', '"', ' ', '\n', 'ä', '+', '&', '#'].map((sign): [PasswordRule, string] => [
      { length: 40, alphabet: `${DEFAULT_PASSWORD_RULE.alphabet}${sign}` },
      'the alphabet may have letters, digits, ".", "_" and "-" only',
    ]),
  ])('is refused as %j', (rule, problem) => {
    expect(passwordRuleProblem(rule)).toContain(problem);
  });

  it('allows no character that a URI would have to encode', () => {
    const all = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-';
    expect(passwordRuleProblem({ length: 40, alphabet: all })).toBeUndefined();
    expect(percentEncode(all)).toBe(all);
  });
});
