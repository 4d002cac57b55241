/**
 * @peculiar/x509 brings a container for dependency injection that refuses to load without the functions of the
 * metadata proposal. None of the library's classes carries metadata, so functions that find none are enough.
 */
export function provideReflect(): void {
  const none = () => undefined;
  const wanted = { getMetadata: none, getOwnMetadata: none, defineMetadata: none };
  for (const [name, value] of Object.entries(wanted)) {
    if (!(name in Reflect)) Object.defineProperty(Reflect, name, { value, configurable: true, writable: true });
  }
}
