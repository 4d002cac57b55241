import { inspect } from 'node:util';
import { generatePassword } from '../../src/activities/staging/generate-password.ts';
import { Password } from '../../src/domain/password.ts';

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
  it('has at least 32 characters, none of which a URI, a shell or Flux would change', () => {
    for (let i = 0; i < 1_000; i += 1) expect(generatePassword().reveal()).toMatch(/^[A-Za-z0-9_-]{32,}$/);
  });

  it('is another one each time', () => {
    const all = new Set(Array.from({ length: 1_000 }, () => generatePassword().reveal()));
    expect(all.size).toBe(1_000);
  });
});
