import { Password } from '../../src/domain/password.ts';
import { alterRoleScript } from '../../src/postgres/alter-role.ts';
import { scramVerifier } from '../../src/postgres/scram.ts';

describe('a SCRAM verifier', () => {
  it('is the one that RFC 7677’s example gives, in PostgreSQL’s form', () => {
    const verifier = scramVerifier(Password.of('pencil'), Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'));
    expect(verifier).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });

  it('has another salt each time', () => {
    expect(scramVerifier(Password.of('pencil'))).not.toBe(scramVerifier(Password.of('pencil')));
  });
});

describe('the emergency script', () => {
  it('quotes a role’s name and a verifier as PostgreSQL wants them', () => {
    const script = alterRoleScript('we"ird', "it's", 0);
    expect(script).toContain(`ALTER ROLE "we""ird" PASSWORD 'it''s';`);
  });

  it('switches statement logging off before the verifier appears', () => {
    const script = alterRoleScript('litellm', 'SCRAM-SHA-256$x', 0);
    const verifierAt = script.indexOf('SCRAM-SHA-256$x');
    for (const setting of [
      'log_statement',
      'log_min_duration_statement',
      'log_min_error_statement',
      'pgaudit.log',
      'track_utility',
    ]) {
      expect(script.indexOf(setting)).toBeGreaterThan(-1);
      expect(script.indexOf(setting)).toBeLessThan(verifierAt);
    }
  });

  it('refuses a standby before it changes anything', () => {
    const script = alterRoleScript('litellm', 'v', 0);
    expect(script.indexOf('pg_is_in_recovery')).toBeLessThan(script.indexOf('ALTER ROLE'));
  });
});
