import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** The rooms of the house, lowest first: a room may import itself and those before it. */
const ROOMS = ['domain', 'kubernetes', 'postgres', 'gitops', 'activities', 'workflows', 'client', 'cli'];
/** Beyond "downwards only": the adapters know nothing of each other, and a workflow sees activities by their types alone. */
const MAY_IMPORT = {
  domain: [],
  kubernetes: ['domain'],
  postgres: ['domain'],
  gitops: ['domain'],
  activities: ['domain', 'kubernetes', 'postgres', 'gitops'],
  workflows: ['domain'],
  client: ['domain', 'workflows'],
  cli: ['domain', 'workflows', 'client'],
};

const directions = ROOMS.map((room) => ({
  target: `./src/${room}`,
  from: ROOMS.filter((other) => other !== room && !MAY_IMPORT[room].includes(other)).map((other) => `./src/${other}`),
  ...(room === 'workflows' && { except: ['./types.ts'] }),
  message: `src/${room} may import only: ${['itself', ...MAY_IMPORT[room]].join(', ')}.`,
}));

/** A package that only one room may import, and why. */
const OWNED_PACKAGES = {
  '@kubernetes/client-node': { room: 'kubernetes', hint: 'Go through src/kubernetes.' },
  pg: { room: 'postgres', hint: 'Go through src/postgres.' },
};

const ownedPackages = Object.entries(OWNED_PACKAGES).map(([name, { room, hint }]) => ({
  files: ['src/**/*.ts'],
  ignores: [`src/${room}/**`],
  rules: { 'no-restricted-imports': ['error', { paths: [{ name, message: hint }] }] },
}));

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { zones: directions }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // The Kubernetes client declares its models as classes and takes plain objects.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  ...ownedPackages,
  {
    // Workflow code is replayed: it may not touch the machine.
    files: ['src/workflows/**/*.ts', 'src/domain/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['node:*'],
              message: 'Workflows and the domain run in the deterministic sandbox: no Node.js modules.',
            },
            { group: ['pg', '@kubernetes/*', '@temporalio/worker', '@temporalio/activity'], message: 'Adapters only.' },
          ],
        },
      ],
    },
  },
);
