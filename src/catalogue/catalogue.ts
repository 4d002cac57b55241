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
import { hookSchema, toHookRef } from './hook.ts';
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
} as const;

const catalogueSchema = z
  .strictObject(catalogueShape)
  .transform(({ components, gitops, hook: shared }, context) => {
    const entries = components.map((entry, index) => {
      const component = withSource(entry, gitops, index, context);
      const { hook = shared } = entry;
      return { component: { ...component, ...(hook && { hook: toHookRef(hook) }) }, hook };
    });
    return {
      components: entries.map(({ component }) => component),
      hooks: new Map(entries.flatMap(({ component, hook }) => (hook ? [[component.name, hook.hook] as const] : []))),
    };
  })
  .refine(({ components }) => new Set(components.map(({ name }) => name)).size === components.length, {
    path: ['components'],
    message: 'two components have the same name',
  });

/** The component of an entry, with the settings that its source shares with the others. */
function withSource(
  { resolved, source }: Pick<z.output<typeof componentEntry>, 'resolved' | 'source'>,
  shared: GitOpsSettings | undefined,
  index: number,
  context: z.RefinementCtx,
): Component {
  if (source.kind === 'kubernetes') return resolved;
  const gitops = toGitOpsSource(resolved.name, source, shared);
  const problem =
    typeof gitops === 'string'
      ? gitops
      : resolved.strategy === 'alternating'
        ? alternatingSourceProblem({ gitops })
        : undefined;
  if (problem !== undefined) {
    context.addIssue({ code: 'custom', path: ['components', index, 'source'], message: problem });
  }
  return typeof gitops === 'string' ? resolved : { ...resolved, gitops };
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
