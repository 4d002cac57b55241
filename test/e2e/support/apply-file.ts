import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { ROOT } from './programs.ts';
import type { World } from './world.ts';

/** Applies a file of manifests, named from the top of this project. */
export async function applyFile(world: World, file: string): Promise<void> {
  for (const document of parseAllDocuments(readFileSync(`${ROOT}${file}`, 'utf8'))) {
    const object = document.toJS() as Parameters<World['apply']>[0];
    const { namespace } = object.metadata;
    // A sandbox with some of the components only has not all of their namespaces.
    if (namespace !== undefined)
      await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await world.apply(object);
  }
}
