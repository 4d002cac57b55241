/** The format of PostgreSQL's verifiers. PostgreSQL takes any other text for a password. */
const VERIFIER = /^(?:SCRAM-SHA-256\$\d+:[A-Za-z0-9+/]+=*\$[A-Za-z0-9+/]+=*:[A-Za-z0-9+/]+=*|md5[0-9a-f]{32})$/;

/** Whether a text is a verifier. PostgreSQL stores it, nobody can log in with it, and CNPG accepts it as a password. */
export function isVerifier(text: string): boolean {
  return VERIFIER.test(text.trim());
}
