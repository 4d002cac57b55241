const shared = {
  testEnvironment: 'node',
  // Sources and most dependencies are ES modules: run them as such, with --experimental-vm-modules (see package.json).
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
};

export default {
  reporters: [
    'default',
    'summary',
    './test/harness/results/record-results.js',
    './test/harness/results/closing-line.js',
  ],
  testSequencer: './test/harness/results/same-order.js',
  // Logins, rollouts and crashes share two cores: one file after the other where it matters (see test:e2e).
  maxWorkers: 2,
  testTimeout: 30_000,
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/test/unit/**/*.test.ts'] },
    {
      ...shared,
      displayName: 'workflow',
      testMatch: ['<rootDir>/test/workflow/*.test.ts'],
      globalSetup: './test/workflow/bundle-once.js',
    },
    // What takes longer than a change should wait for: `npm run test:long` and `.ci/run` run these tests.
    {
      ...shared,
      displayName: 'workflow-long',
      testMatch: ['<rootDir>/test/workflow/long/**/*.test.ts'],
      globalSetup: './test/workflow/bundle-once.js',
    },
    // Of the sandboxes themselves, not of the product.
    { ...shared, displayName: 'sandbox', testMatch: ['<rootDir>/test/sandbox/**/*.test.ts'] },
    { ...shared, displayName: 'chart', testMatch: ['<rootDir>/test/chart/**/*.test.ts'] },
    { ...shared, displayName: 'alerts', testMatch: ['<rootDir>/test/alerts/**/*.test.ts'] },
    { ...shared, displayName: 'gitops', testMatch: ['<rootDir>/test/gitops/**/*.test.ts'] },
    // Each PostgreSQL behind each pool: half an hour and more.
    { ...shared, displayName: 'postgresql', testMatch: ['<rootDir>/test/postgresql/**/*.test.ts'] },
    { ...shared, displayName: 'demo', testMatch: ['<rootDir>/test/demo/**/*.test.ts'] },
    // One specification, on both sandboxes.
    {
      ...shared,
      displayName: 'specification',
      testMatch: ['<rootDir>/test/specification/**/*.test.ts'],
      globals: { sandboxUnderTest: 'embedded' },
    },
    // Temporal's Web UI in Chromium, on the embedded sandbox.
    {
      ...shared,
      displayName: 'web-ui',
      testMatch: ['<rootDir>/test/web-ui/**/*.test.ts'],
      globals: { sandboxUnderTest: 'embedded' },
    },
    // docker-compose.yml under a Docker engine: test/compose/run.ts brings the engine.
    {
      ...shared,
      displayName: 'compose',
      testMatch: ['<rootDir>/test/compose/**/*.test.ts'],
      globals: { sandboxUnderTest: 'real' },
    },
    // Every world of test/worlds/, or those that say that they are quick.
    {
      ...shared,
      displayName: 'worlds',
      testMatch: ['<rootDir>/test/worlds/**/*.test.ts'],
      globals: { sandboxUnderTest: 'embedded', worldsUnderTest: 'all' },
    },
    {
      ...shared,
      displayName: 'quick-worlds',
      testMatch: ['<rootDir>/test/worlds/**/*.test.ts'],
      globals: { sandboxUnderTest: 'embedded', worldsUnderTest: 'quick' },
    },
    {
      ...shared,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/{e2e,specification,worlds}/**/*.test.ts'],
      globals: { sandboxUnderTest: 'real' },
    },
  ],
};
