import { Password } from '../../src/domain/password.ts';
import { redact } from '../../src/domain/text/redact.ts';

const OLD = Password.of('old/pass+word');

describe('redacting what others printed', () => {
  it.each([
    ['a password', 'using old/pass+word now', 'using [password] now'],
    ['a password that is percent-encoded', 'dsn=old%2Fpass%2Bword', 'dsn=[password]'],
    ['any URI’s password, known or not', 'postgres://u:whatever@h/d', 'postgres://u:[password]@h/d'],
    ['a verifier', 'rolpassword SCRAM-SHA-256$4096:abc$def:ghi end', 'rolpassword [verifier] end'],
    ['nothing else', 'FATAL: password authentication failed', 'FATAL: password authentication failed'],
  ])('hides %s', (_, text, expected) => {
    expect(redact(text, [OLD])).toBe(expected);
  });
});
