import { BadWorld, idOf, loadWorld, parseWorld, worldFiles } from '../../../sandbox/world/load.ts';

const GOOD = `
world: One Secret
catalogue: { components: [{ name: litellm, namespace: apps }] }
do: rotate
expect: { outcome: rotated, changed: { litellm-db-secret: [password, uri] } }
`;

/** The complaints about a file that says something else in one place. */
function problems(from: string, to: string): readonly string[] {
  try {
    parseWorld('some.yaml', GOOD.replace(from, to));
  } catch (error) {
    if (error instanceof BadWorld) return error.problems;
    throw error;
  }
  return [];
}

describe('a world’s file', () => {
  it('is understood', () => {
    expect(problems('', '')).toEqual([]);
    expect(parseWorld('x/some.yaml', GOOD)).toMatchObject({
      id: idOf('x/some.yaml'),
      quick: false,
      cluster: { embedded: true },
    });
  });

  it.each([
    ['a field that there is not', 'do: rotate', 'do: rotate\nwhat: 1', 'what'],
    ['a misspelt expectation', 'outcome: rotated', 'outcome: rotate', 'expect.outcome'],
    ['an unknown expectation', 'outcome: rotated', 'outcomes: rotated', 'expect.outcomes'],
    ['a command that there is not', 'do: rotate', 'do: rotat', 'do'],
    ['an option of a command that there is not', 'do: rotate', 'do: { rotate: { reasons: x } }', 'do.rotate.reasons'],
    ['an actor’s moment', 'do: rotate', 'do: rotate\nactors: [{ when: later, sql: SELECT 1 }]', 'actors.0.when'],
    [
      'an object without a kind',
      'do: rotate',
      'do: rotate\nobjects: [{ apiVersion: v1, metadata: { name: x } }]',
      'objects.0.kind',
    ],
    ['a right', 'do: rotate', 'do: rotate\nrights: { without: [secrets] }', 'rights.without.0'],
    ['a regular expression', 'outcome: rotated', 'says: ["("], outcome: rotated', 'expect.says.0'],
    [
      'a catalogue without components',
      'components: [{ name: litellm, namespace: apps }]',
      'components: []',
      'catalogue.components',
    ],
    ['an expectation that a check has not', 'do: rotate', 'do: check', 'expect.outcome'],
    [
      'a rotation that does not say what changes',
      ', changed: { litellm-db-secret: [password, uri] }',
      '',
      'expect.changed',
    ],
    ['what is no YAML', 'do: rotate', 'do: [', ''],
  ])('with %s is refused, with the path of the field', (_, from, to, path) => {
    const found = problems(from, to);
    expect(found).not.toEqual([]);
    expect(found.map((problem) => problem.slice(0, path.length))).toContain(path);
  });

  it('gives its name to its namespaces, within their length', () => {
    expect(idOf('test/worlds/A1 own_name.yaml')).toMatch(/^a1-own-name-[0-9a-f]{4}$/);
    expect(idOf(`${'long-'.repeat(30)}.yaml`).length).toBeLessThanOrEqual(17);
  });
});

describe('the worlds that are kept', () => {
  const worlds = worldFiles().map(loadWorld);

  it('are all understood, and have names that differ', () => {
    const ids = worlds.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });
});
