import tseslint from 'typescript-eslint';

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
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Which room imports which, and circles: `npm run structure`.
      'no-duplicate-imports': 'error',
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
