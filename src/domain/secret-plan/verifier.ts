/** CNPG takes the hash of a password in the place of a password. */
const VERIFIER = /^(?:SCRAM-SHA-256\$\S+|md5[0-9a-f]{32})$/;

/** Whether a text is what PostgreSQL keeps of a password, with which nobody can log in. */
export function isVerifier(text: string): boolean {
  return VERIFIER.test(text.trim());
}
