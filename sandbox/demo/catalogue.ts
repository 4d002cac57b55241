import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { COMPONENTS } from '../real/components.ts';
import type { DemoOptions } from './options.ts';

/** Writes what the worker is to know of the components: those that were chosen, with the strategy. @returns the file. */
export function writeCatalogue(folder: string, { components, strategy }: DemoOptions): string {
  const file = path.join(folder, 'components.yaml');
  const entries = components.map((name) => ({ name, namespace: COMPONENTS[name].namespace, strategy }));
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ components: entries }, undefined, 2));
  return file;
}
