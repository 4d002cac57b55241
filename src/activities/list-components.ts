import type { Dependencies } from './dependencies.ts';

/**
 * Running it twice is safe: it only reads the catalogue.
 * @throws RotationError `ComponentUnknown` for a name that the catalogue does not have.
 */
export function listComponents(
  deps: Dependencies,
  { components }: { readonly components?: readonly string[] },
): Promise<readonly string[]> {
  const names = components ?? deps.componentNames();
  return Promise.resolve(names.map((name) => deps.findComponent(name).name));
}
