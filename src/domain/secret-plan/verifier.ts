/** By the rules of PostgreSQL, which takes any other text for a password. */
const VERIFIER = /^(?:SCRAM-SHA-256\$\d+:[A-Za-z0-9+/]+=*\$[A-Za-z0-9+/]+=*:[A-Za-z0-9+/]+=*|md5[0-9a-f]{32})$/;

/** Whether a text is what PostgreSQL keeps of a password, with which nobody can log in; CNPG takes one in its place. */
export function isVerifier(text: string): boolean {
  return VERIFIER.test(text.trim());
}
