import { toolProblem } from '../../sandbox/gitops/tools.ts';

describe('what a rotation through Git needs in a sandbox', () => {
  const all = { git: true, go: true, toBuild: ['sops', 'age-keygen'] };

  it.each([
    ['nothing is missing where Go can build the rest', all, undefined],
    ['nothing is missing where all is there', { git: true, go: false, toBuild: [] }, undefined],
    ['Git is missing', { ...all, git: false }, /git must be on PATH.*\n.*apt-get install -y git$/],
    [
      'all of it is missing',
      { ...all, git: false, go: false },
      /git, sops, age-keygen.*\n.*install -y git; install Go/,
    ],
  ])('%s', (_, has, said) => {
    const text = toolProblem(has)?.describe() ?? 'nothing';
    expect(text).toMatch(said ?? /^nothing$/);
  });
});
