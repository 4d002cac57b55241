import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { GitOps } from '../gitops/gitops.ts';
import { COMPONENTS } from '../common/components.ts';
import type { DemoOptions } from './options.ts';

/**
 * Writes what the worker is to know of the components: those that were chosen, with the strategy and the source.
 * @returns the file.
 */
export function writeCatalogue(
  folder: string,
  { components, strategy }: DemoOptions,
  through: GitOps['catalogue'] | undefined,
): string {
  const { gitops, source } = through ?? {};
  const file = path.join(folder, 'components.yaml');
  const entries = components.map((name) => ({ name, namespace: COMPONENTS[name].namespace, strategy, source }));
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ gitops, components: entries }, undefined, 2));
  return file;
}
