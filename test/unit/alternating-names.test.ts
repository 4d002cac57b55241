import { defaultAlternating } from '../../src/domain/alternating-names.ts';

const bytes = (text: string): number => Buffer.byteLength(text);
const rolesOf = (role: string): readonly string[] =>
  defaultAlternating({ name: 'litellm', role }).logins.map((login) => login.role);

describe('the default names of the login roles', () => {
  it.each([['litellm'], ['My "App"'], ['r'.repeat(61)]])('are %s with an ending', (role) => {
    expect(rolesOf(role)).toEqual([`${role}_a`, `${role}_b`]);
  });

  it.each([['r'.repeat(62)], ['é'.repeat(31)], ['🐘'.repeat(15)], ['ab'.repeat(31) + 'c']])(
    'of %s fit into 63 bytes, and are whole characters',
    (role) => {
      const names = rolesOf(role);
      expect(names.every((name) => bytes(name) <= 63 && !name.includes('\uFFFD'))).toBe(true);
      expect(new Set([role, ...names]).size).toBe(3);
    },
  );

  it('are others for two long names with the same beginning', () => {
    const [one, two] = [`${'r'.repeat(62)}x`, `${'r'.repeat(62)}y`].map(rolesOf);
    expect(new Set([...(one ?? []), ...(two ?? [])]).size).toBe(4);
  });
});
