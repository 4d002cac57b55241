export { grantingCommand } from './command.ts';
export * from './manifests.ts';
export { namesByNamespace, unnamedInGit, type NamespaceNames } from './names.ts';
export { DEFAULT_RIGHTS, type MoreNames, type RightsOptions } from './options.ts';
export type { ExplainedRule, PolicyRule } from './rules.ts';
