/**
 * Which room may import which, types included: `npm run structure` holds it.
 * Each room of `src/`, lowest first, with the rooms that its files may import besides their own.
 */
const MAY_IMPORT = {
  domain: [],
  kubernetes: ['domain'],
  postgres: ['domain'],
  programs: ['domain'],
  gitops: ['domain', 'programs'],
  hooks: ['domain', 'programs'],
  catalogue: ['domain'],
  activities: ['domain', 'kubernetes', 'postgres', 'gitops', 'hooks'],
  workflows: ['domain', 'activities/types'],
  temporal: ['domain', 'log.ts'],
  client: ['domain', 'workflows', 'temporal'],
  cli: ['domain', 'catalogue', 'workflows', 'client', 'temporal', 'worker.ts', 'log.ts', 'main-module.ts'],
  monitoring: ['domain', 'log.ts'],
};

const rooms = Object.entries(MAY_IMPORT).map(([room, others]) => ({
  name: `src/${room} imports ${['itself', ...others].join(', ')} only`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/(${[room, ...others].join('|')})` },
}));

/** A folder beside `src/`, and what it does not stand on. */
const APART = [
  { from: '^src/', to: '^(sandbox|test|bench)/', name: 'the product does not stand on its sandboxes and tests' },
  { from: '^sandbox/', to: '^(test|bench)/', name: 'a sandbox does not stand on the tests' },
  { from: '^sandbox/embedded/', to: '^sandbox/real/', name: 'the embedded sandbox does not stand on the real one' },
  { from: '^sandbox/real/', to: '^sandbox/embedded/', name: 'the real sandbox does not stand on the embedded one' },
  {
    from: '^sandbox/common/',
    to: '^sandbox/(real|embedded|gitops|demo|world)/',
    name: 'what sandboxes share stands on none',
  },
  {
    from: '^sandbox/(common|real|embedded|gitops|demo|world)/',
    to: '^sandbox/harness/',
    name: 'a sandbox does not stand on what drives it',
  },
  { from: '^bench/', to: '^test/', name: 'the bench does not stand on the tests' },
  {
    from: '^test/harness/',
    to: '^test/(unit|workflow|specification|gitops|e2e|demo|worlds)/',
    name: 'the harness does not stand on the tests',
  },
];

export default {
  forbidden: [
    { name: 'no circle, by types either', severity: 'error', from: {}, to: { circular: true } },
    { name: 'each import is found', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...rooms,
    ...APART.map(({ name, from, to }) => ({ name, severity: 'error', from: { path: from }, to: { path: to } })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    includeOnly: '^(src|sandbox|test|bench|tools)/',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
