/** What stands in a controller's queue for an object: `namespace/name`. */
export function keyOf({ metadata }: ObjectWithName): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

export function parseKey(key: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}

interface ObjectWithName {
  readonly metadata?: { readonly namespace?: string; readonly name?: string };
}
