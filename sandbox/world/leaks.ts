/** Nothing shorter is looked for: it might stand anywhere by chance. */
const SHORTEST = 12;

const HOLDS_A_SECRET = /pass|pwd|secret|salt|key$|token|dsn|uri|url/i;

/** Every password that stood in a Secret of the world, at any time. */
export class Passwords {
  readonly #all = new Set<string>();

  note(texts: Readonly<Record<string, string>>): void {
    for (const [key, text] of Object.entries(texts)) {
      // Of a URI, the password alone: it is what must not be told.
      const within = [...text.matchAll(/:\/\/[^:@/\s]+:([^@/\s]+)@/g)].map(([, password = '']) => password);
      const whole = HOLDS_A_SECRET.test(key) && !/[\s/]/.test(text.trim()) ? [text.trim()] : [];
      for (const one of [...within, ...whole]) if (one.length >= SHORTEST) this.#all.add(one);
    }
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.#all.values();
  }
}

/** Where one of the passwords stands, as it is, percent-encoded, in JSON or in base64. */
export function leaks(passwords: Passwords, places: Readonly<Record<string, string>>): string[] {
  return Object.entries(places).flatMap(([where, text]) => {
    const found = [...passwords].filter((password) => forms(password).some((form) => text.includes(form)));
    return found.length === 0
      ? []
      : [`${found.length} password${found.length === 1 ? '' : 's'} of a Secret in ${where}`];
  });
}

function forms(password: string): string[] {
  const inBase64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(password)])
      .toString('base64')
      .replace(/=+$/, '');
    return encoded.slice([0, 2, 3][offset], encoded.length - 1);
  });
  return [password, encodeURIComponent(password), JSON.stringify(password).slice(1, -1), ...inBase64];
}
