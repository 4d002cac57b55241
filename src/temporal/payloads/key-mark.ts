const MARK = ' encrypts with ';

/** The part of a worker's identity that names its first key. Whoever lacks that key sees so before anything starts. */
export function keyMark(id: string | undefined): string {
  return id === undefined ? '' : `${MARK}${id}`;
}

/** The key that an identity names. */
export function keyInMark(identity: string): string | undefined {
  return new RegExp(`${MARK}([\\w.-]+)`).exec(identity)?.[1];
}
