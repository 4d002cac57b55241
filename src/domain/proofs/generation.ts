/** What the API says of a request for a generated password, at one moment. */
export interface GenerationFacts {
  /** The DatabaseRole, read before the Secret; absent where there is none. */
  readonly databaseRole?: {
    readonly mode?: string | undefined;
    /** The value of a request that CNPG has not taken away yet. */
    readonly request?: string | undefined;
    /** Why CNPG generates no password now. */
    readonly message?: string | undefined;
  };
  /**
   * The password in the Secret that CNPG generates: as the rotation staged it, as the rotation recorded it after CNPG's
   * answer, another one, or none.
   */
  readonly secret: 'as staged' | 'as recorded' | 'another' | 'absent';
  /** The rotation has noted that it asks. */
  readonly asked: boolean;
  readonly rotationId: string;
}

export type GenerationVerdict =
  /** CNPG has generated a password since the rotation asked. */
  | { readonly kind: 'generated' }
  | { readonly kind: 'ask' }
  | { readonly kind: 'withdraw' }
  /** CNPG has generated nothing, and nothing asks it to. */
  | { readonly kind: 'untouched' }
  | { readonly kind: 'waiting'; readonly because: string }
  /** The password changed although the rotation has not asked. */
  | { readonly kind: 'foreign' }
  /** CNPG does not generate this password any more. */
  | { readonly kind: 'stopped'; readonly because: string };

/**
 * Whether CNPG has answered. CNPG 1.31 writes the Secret first and takes the request away afterwards, both in one
 * reconcile (`ensureOwnedPasswordSecretUpToDate`). A password that changed while the request still stands may change
 * once more, so it does not count yet. A request that is gone while the password stands as before was never acted on:
 * the DatabaseRole was read first.
 */
export function judgeGeneration(facts: GenerationFacts): GenerationVerdict {
  const { databaseRole, secret, asked } = facts;
  if (secret === 'as recorded') return { kind: 'generated' };
  if (secret === 'another' && !asked) return { kind: 'foreign' };
  if (secret === 'another' && databaseRole?.request === undefined) return { kind: 'generated' };
  if (secret === 'another') return waiting('CNPG wrote the Secret and has not finished');
  if (databaseRole?.mode !== 'generate') {
    const now = databaseRole === undefined ? 'it is gone' : `its password has mode: ${databaseRole.mode ?? '(none)'}`;
    return { kind: 'stopped', because: now };
  }
  if (secret === 'absent') return waiting('the Secret is gone, and CNPG has not made it again');
  if (databaseRole.request === undefined) return { kind: 'ask' };
  const { message = '' } = databaseRole;
  return waiting(message === '' ? 'CNPG has not taken the request' : `CNPG says: ${message}`);
}

/**
 * The same on the way back: a request that CNPG has not taken is withdrawn. A request of somebody else stays, and CNPG
 * answers it.
 */
export function judgeWithdrawal(facts: GenerationFacts): GenerationVerdict {
  const { databaseRole, secret, asked, rotationId } = facts;
  if (!asked) return { kind: 'untouched' };
  if (secret === 'as staged') return { kind: databaseRole?.request === rotationId ? 'withdraw' : 'untouched' };
  return judgeGeneration(facts);
}

function waiting(because: string): GenerationVerdict {
  return { kind: 'waiting', because };
}
