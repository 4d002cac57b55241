type Read<T> = (namespace: string, name: string) => Promise<T>;

/** The same look-up, which reads each object once however often the object is asked for. */
export function onceEach<T>(read: Read<T>, found = new Map<string, Promise<T>>()): Read<T> {
  return (namespace, name) => {
    const key = `${namespace}/${name}`;
    const one = found.get(key) ?? read(namespace, name);
    found.set(key, one);
    return one;
  };
}
