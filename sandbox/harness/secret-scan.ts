/** What must stand nowhere: a name for messages, and the text. */
export interface Needle {
  readonly name: string;
  readonly text: string;
}

/** Where to look: a name for messages, and what stands there. */
export interface Haystack {
  readonly name: string;
  readonly text: string;
}

/**
 * Where a secret stands: as it is, percent-encoded, with JSON's escapes, or in base64 at any of the three offsets that
 * it can have within a longer encoded text.
 * @returns a line for each find, which does not quote the secret.
 */
export function findSecrets(haystacks: readonly Haystack[], needles: readonly Needle[]): string[] {
  return haystacks.flatMap(({ name: where, text }) =>
    needles.flatMap(({ name: what, text: secret }) =>
      forms(secret)
        .filter(({ text: form }) => text.includes(form))
        .map(({ name: form }) => `${what} (${form}) in ${where}`),
    ),
  );
}

function forms(secret: string): Needle[] {
  return [
    { name: 'as it is', text: secret },
    { name: 'percent-encoded', text: encodeURIComponent(secret) },
    { name: 'in JSON', text: JSON.stringify(secret).slice(1, -1) },
    ...[0, 1, 2].map((offset) => ({ name: `base64, offset ${offset}`, text: base64Core(secret, offset) })),
  ].filter(({ text }, index, all) => all.findIndex((other) => other.text === text) === index);
}

/** The characters of the base64 text that depend on the secret alone, when `offset` bytes stand before it. */
function base64Core(secret: string, offset: number): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
    .toString('base64')
    .replace(/=+$/, '');
  const leading = [0, 2, 3][offset] ?? 0;
  const trailing = (Buffer.byteLength(secret) + offset) % 3 === 0 ? 0 : 1;
  return encoded.slice(leading, encoded.length - trailing);
}
