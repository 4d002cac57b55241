import { substitute, type FluxVariables } from '../../src/domain/proofs/flux-substitution.ts';

const variables = (values: Record<string, string>, replaces = true): FluxVariables => ({
  values,
  replaces,
  unread: [],
});

describe('a name that Flux makes of variables', () => {
  it.each([
    ['${APP}-db-secret', { APP: 'litellm' }, 'litellm-db-secret'],
    ['${APP:=litellm}-db-secret', {}, 'litellm-db-secret'],
    ['${APP:-litellm}-db-secret', { APP: 'obot' }, 'obot-db-secret'],
    ['${APP:=litellm}', { APP: '' }, 'litellm'],
    ['${A:-${B}-x}', { B: 'y' }, 'y-x'],
    ['${A:-${B:=z}}', {}, 'z'],
    ['${APP,,}-${APP^^}', { APP: 'Ab' }, 'ab-AB'],
    ['$${APP}', { APP: 'litellm' }, '${APP}'],
    ['$APP', { APP: 'litellm' }, '$APP'],
    ['a-${APP', { APP: 'litellm' }, 'a-${APP'],
    ['plain', {}, 'plain'],
  ])('%s with %j is %s', (template, values, text) => {
    expect(substitute(template, variables(values))).toEqual({ kind: 'text', text });
  });

  it('stays as it is where Flux replaces nothing', () => {
    expect(substitute('${APP}', variables({ APP: 'x' }, false))).toEqual({ kind: 'text', text: '${APP}' });
  });

  it.each([
    ['${APP}-db-secret', ['APP'], 'litellm-db-secret', 'litellm-env'],
    ['${A:-${B}}.${C}', ['B', 'C'], 'x.y', 'xy'],
    ['${KNOWN}-${APP:0:3}', ['APP'], 'k-lit', 'other-lit'],
  ])('%s is not known without %j, and could be %s, but not %s', (template, names, could, couldNot) => {
    const found = substitute(template, variables({ KNOWN: 'k' }));
    expect(found).toMatchObject({ kind: 'unknown', variables: names });
    if (found.kind !== 'unknown') return;
    expect(found.pattern.test(could)).toBe(true);
    expect(found.pattern.test(couldNot)).toBe(false);
  });
});
