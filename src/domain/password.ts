const REDACTED = '[password]';

/**
 * A password that code cannot print by accident: every implicit conversion returns a placeholder. Only `reveal()`
 * returns the text. It is easy to find in the code. Call it only where the text goes to a Secret, to PostgreSQL or into
 * a verifier.
 */
export class Password {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  /** @param text the password, unchanged; must not be empty. */
  static of(text: string): Password {
    if (text === '') throw new TypeError('a password is not empty');
    return new Password(text);
  }

  reveal(): string {
    return this.#text;
  }

  /** CNPG trims white space from a password. */
  equals(other: Password): boolean {
    return this.#text.trim() === other.#text.trim();
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  /** What `util.inspect` and `console.log` show. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}

/** The name of a PostgreSQL role and its password. */
export interface Credential {
  readonly username: string;
  readonly password: Password;
}
