import { planPublish, type PublishFacts } from '../../src/domain/rotation/publish-plan.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const STAGED = { previous: { password: bytes('old') }, pending: { password: bytes('new') } };

const secret = (name: string, password: string | undefined, written = false): PublishFacts => ({
  name,
  staged: STAGED,
  live: password === undefined ? undefined : { password: bytes(password), other: bytes('x') },
  written,
});

describe('publishing the new password', () => {
  it('writes every Secret that has the old one, and counts those that have the new one as done', () => {
    expect(planPublish([secret('a', 'old'), secret('b', 'new', true)], 'pending')).toEqual({
      kind: 'write',
      write: ['a'],
      done: ['b'],
      fence: [],
    });
  });

  it('writes none of them when one was changed by somebody else', () => {
    expect(planPublish([secret('a', 'old'), secret('b', 'other')], 'pending')).toEqual({
      kind: 'foreign',
      name: 'b',
      deleted: false,
    });
  });

  it('writes none of them when one was deleted', () => {
    expect(planPublish([secret('a', 'old'), secret('b', undefined)], 'pending')).toMatchObject({
      name: 'b',
      deleted: true,
    });
  });
});

describe('going back', () => {
  it('writes what was written, leaves the rest alone, and fences what still holds the old one', () => {
    const secrets = [secret('a', 'new', true), secret('b', 'old', false), secret('c', 'other', false)];
    expect(planPublish(secrets, 'previous')).toEqual({ kind: 'write', write: ['a'], done: [], fence: ['b'] });
  });

  it('writes one that has the new password, which nobody else has, though another rotation has set its annotation since', () => {
    expect(planPublish([secret('shared', 'new', false)], 'previous')).toMatchObject({ write: ['shared'] });
  });

  it('does nothing when nothing was written', () => {
    expect(planPublish([secret('a', 'other')], 'previous')).toEqual({ kind: 'write', write: [], done: [], fence: [] });
  });

  it('stops at a Secret that was written and has been changed since', () => {
    expect(planPublish([secret('a', 'other', true)], 'previous')).toMatchObject({ kind: 'foreign', name: 'a' });
  });

  it('stops at a Secret that was deleted, since nobody can tell whether it was written', () => {
    expect(planPublish([secret('a', undefined)], 'previous')).toMatchObject({ kind: 'foreign', deleted: true });
  });
});
