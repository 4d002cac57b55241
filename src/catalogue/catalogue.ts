import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { alternatingSourceProblem } from '../domain/alternating-names.ts';
import type { Component } from '../domain/component.ts';
import { RotationError, messageOf } from '../domain/failures.ts';
import type { Hook } from '../domain/hook.ts';
import { describeIssues } from '../domain/rotation/input.ts';
import { componentEntry } from './component.ts';
import { hookSchema, toHookRef, type SiteHook } from './hook.ts';
import { passwordSettings, toPasswordRule, type PasswordSettings } from './password.ts';
import { gitOpsSettings, toGitOpsSource, type GitOpsSettings } from './source.ts';

/** The catalogue that is shipped: the four components of the documented pattern. */
const SHIPPED_CATALOGUE = fileURLToPath(new URL('../../components.yaml', import.meta.url));

/** The keys of a catalogue. The chart's values have the same ones. */
export const catalogueShape = {
  components: z.array(componentEntry).min(1),
  /** The settings that all components with the source gitops share. */
  gitops: gitOpsSettings.optional(),
  /** The hook before the first write of each component that has none of its own. */
  hook: hookSchema.optional(),
  /** How new passwords are made. A component's own settings win. */
  password: passwordSettings.optional(),
} as const;

const catalogueSchema = z
  .strictObject(catalogueShape)
  .transform(({ components, ...shared }, context) => {
    const entries = components.map((entry, index) => toEntry(entry, shared, index, context));
    return {
      components: entries.map(({ component }) => component),
      hooks: new Map(entries.flatMap(({ component, hook }) => (hook ? [[component.name, hook.hook] as const] : []))),
    };
  })
  .refine(({ components }) => new Set(components.map(({ name }) => name)).size === components.length, {
    path: ['components'],
    message: 'two components have the same name',
  });

/** What components have in common. */
interface Shared {
  readonly gitops?: GitOpsSettings | undefined;
  readonly hook?: SiteHook | undefined;
  readonly password?: PasswordSettings | undefined;
}

/** The component of an entry, with the settings that it shares with the others, and its hook. */
function toEntry(
  { resolved, source, hook: ownHook, password }: z.output<typeof componentEntry>,
  shared: Shared,
  index: number,
  context: z.RefinementCtx,
): { readonly component: Component; readonly hook: SiteHook | undefined } {
  const refuse = (field: string, message: string): void =>
    context.addIssue({ code: 'custom', path: ['components', index, field], message });
  const gitops = source.kind === 'gitops' ? toGitOpsSource(resolved.name, source, shared.gitops) : undefined;
  const rule = toPasswordRule(password, shared.password);
  const hook = ownHook ?? shared.hook;
  if (typeof gitops === 'string') refuse('source', gitops);
  if (typeof rule === 'string') refuse('password', rule);
  const component = {
    ...resolved,
    ...(typeof gitops === 'object' && { gitops }),
    ...(typeof rule === 'object' && { password: rule }),
    ...(hook && { hook: toHookRef(hook) }),
  };
  const problem = resolved.strategy === 'alternating' ? alternatingSourceProblem(component) : undefined;
  if (problem !== undefined) refuse('source', problem);
  return { component, hook };
}

export interface Catalogue {
  /** The file from which the catalogue was read. */
  readonly file: string;
  readonly components: readonly Component[];
  /** The hooks before the first write, by the component's name. */
  readonly hooks: ReadonlyMap<string, Hook>;
}

/**
 * Reads the catalogue from `CNPG_ROTATOR_COMPONENTS`, else the shipped catalogue.
 * @throws RotationError `InvalidConfiguration` with the path of each bad field.
 */
export function loadCatalogue(file: string = process.env['CNPG_ROTATOR_COMPONENTS'] ?? SHIPPED_CATALOGUE): Catalogue {
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new RotationError('InvalidConfiguration', `The catalogue ${file} cannot be read: ${messageOf(error)}`);
  }
  const parsed = catalogueSchema.safeParse(content);
  if (parsed.success) {
    const { components, hooks } = parsed.data;
    return Object.freeze({ file, components: Object.freeze(components), hooks });
  }
  throw new RotationError(
    'InvalidConfiguration',
    `The catalogue ${file} is not valid: ${describeIssues(parsed.error)}.`,
  );
}

/** @throws RotationError `ComponentUnknown`, which names the catalogue's components. */
export function findComponent(catalogue: Catalogue, name: string): Component {
  const component = catalogue.components.find((candidate) => candidate.name === name);
  if (component !== undefined) return component;
  const known = catalogue.components.map((candidate) => candidate.name).join(', ');
  throw new RotationError(
    'ComponentUnknown',
    `There is no component "${name}" in the catalogue ${catalogue.file}, which has: ${known}. Correct the name, or add the component there.`,
  );
}
