import type { Component } from '../../src/domain/component.ts';
import type { HeldByLogins } from '../../src/domain/ownership.ts';
import { judgeVersion, judgeVersionToAdopt, roleSettingOf, type RoleSetting } from '../../src/domain/role-setting.ts';
import { exampleComponent } from '../harness/examples.ts';

const COMPONENT = exampleComponent({ name: 'litellm', strategy: 'alternating' });
const KEEPING: Component = { ...COMPONENT, alternating: { ...COMPONENT.alternating, giveBack: false } };
const ANSWERED: Component = { ...COMPONENT, alternating: { ...COMPONENT.alternating, neverDiscards: true } };

const seen = (serverVersion: number): HeldByLogins => ({ serverVersion, held: [], unseen: [] });

describe('the version of PostgreSQL', () => {
  it.each<[number, RoleSetting]>([
    [110_022, 'left by DISCARD ALL'],
    [140_013, 'left by DISCARD ALL'],
    [140_014, 'ignored at login'],
    [140_015, 'kept'],
    [150_008, 'left by DISCARD ALL'],
    [150_009, 'ignored at login'],
    [150_018, 'kept'],
    [160_004, 'left by DISCARD ALL'],
    [160_005, 'ignored at login'],
    [170_000, 'left by DISCARD ALL'],
    [170_001, 'ignored at login'],
    [170_002, 'kept'],
    [180_000, 'kept'],
  ])('%s: the role of a session is %s', (version, setting) => {
    expect(roleSettingOf(version)).toBe(setting);
  });

  it('blocks where a login role can never act as the owner', () => {
    const verdict = judgeVersion({ component: COMPONENT }, seen(170_001));
    expect(verdict).toMatchObject({
      severity: 'blocking',
      mend: expect.stringContaining('PostgreSQL 17.2 or later') as string,
    });
  });

  it.each<[Component, string]>([
    [COMPONENT, 'warning'],
    [KEEPING, 'blocking'],
  ])('where DISCARD ALL leaves the owner depends on whether objects are given back: %#', (component, severity) => {
    const verdict = judgeVersion({ component }, seen(160_004));
    expect(verdict?.severity).toBe(severity);
    expect(verdict?.mend).toContain('PostgreSQL 16.6 or later');
  });
});

describe('an adoption', () => {
  it.each<[string, Component, number, readonly string[], string | undefined]>([
    ['may begin where the owner stays', COMPONENT, 180_004, [], undefined],
    ['may begin where DISCARD ALL keeps the owner', COMPONENT, 150_018, ['DISCARD ALL'], undefined],
    ['warns where a session leaves its role by itself', COMPONENT, 180_004, ['SET ROLE NONE'], 'warning'],
    ['is refused where the setting is ignored', ANSWERED, 170_001, [], 'blocking'],
    ['is refused where nobody knows what pools send', COMPONENT, 150_000, [], 'blocking'],
    ['may begin where somebody knows', ANSWERED, 150_000, [], undefined],
    ['is refused where a session shows the contrary', ANSWERED, 150_000, ['DISCARD ALL'], 'blocking'],
  ])('%s', (_, component, serverVersion, roleResets, severity) => {
    expect(judgeVersionToAdopt(component, { serverVersion, roleResets })?.severity).toBe(severity);
  });

  it('names the version to upgrade to, and the answer', () => {
    const verdict = judgeVersionToAdopt(COMPONENT, { serverVersion: 160_001, roleResets: [] });
    expect(verdict?.mend).toContain('to PostgreSQL 16.6 or later');
    expect(verdict?.mend).toContain('"alternating: {neverDiscards: true}" of "litellm"');
  });
});
