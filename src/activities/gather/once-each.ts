type Read<T> = (namespace: string, name: string) => Promise<T>;

/** The same look-up, which reads each object once however often the object is asked for. */
export function onceEach<T>(
  read: Read<T>,
  known: readonly { namespace: string; name: string; value: T }[] = [],
): Read<T> {
  const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;
  const found = new Map<string, Promise<T>>(
    known.map(({ namespace, name, value }) => [keyOf(namespace, name), Promise.resolve(value)]),
  );
  return (namespace, name) => {
    const key = keyOf(namespace, name);
    const one = found.get(key) ?? read(namespace, name);
    found.set(key, one);
    return one;
  };
}
