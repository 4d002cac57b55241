import { loginsWith } from '../../src/domain/proofs/secret-logins.ts';
import { Password } from '../../src/domain/password.ts';
import { LITELLM } from '../harness/examples.ts';

const NEW = 'new-password-0123456789';

function logins(texts: Readonly<Record<string, string>>, templates: Readonly<Record<string, string>> = {}) {
  const read = { texts, templates, namespace: LITELLM.namespace };
  const found = loginsWith(Password.of(NEW), read, LITELLM, { role: 'litellm_a', poolers: ['litellm-pooler'] });
  return found.map(({ where, username, database, pooler }) => [where, username, database, pooler]);
}

const HOST = 'litellm-postgresql-rw';

it.each([
  ['sibling keys', { username: 'litellm_a', password: NEW }, ['key password', 'litellm_a', 'litellm', undefined]],
  [
    'a URI with a database',
    { uri: `postgresql://litellm_a:${NEW}@${HOST}:5432/reports` },
    ['key uri (URI)', 'litellm_a', 'reports', undefined],
  ],
  [
    'a URI to a Pooler',
    { uri: `postgresql://litellm_a:${NEW}@litellm-pooler.ai-system:5432/litellm` },
    ['key uri (URI)', 'litellm_a', 'litellm', 'litellm-pooler'],
  ],
  ['a key without a user', { DB_PASSWORD: NEW }, ['key DB_PASSWORD', 'litellm_a', 'litellm', undefined]],
  [
    'a document with the user of before',
    { 'config.json': JSON.stringify({ db: { user: 'litellm', password: NEW } }) },
    ['key config.json (JSON db.password)', 'litellm', 'litellm', undefined],
  ],
])('a login is read from %s', (_, texts, login) => {
  expect(logins(texts)).toEqual([login]);
});

it.each([
  ['another password', { username: 'litellm_a', password: 'another-0123456789' }],
  ['another Cluster', { uri: `postgresql://litellm_a:${NEW}@other-postgresql-rw/litellm` }],
])('no login is read of %s', (_, texts) => {
  expect(logins(texts)).toEqual([]);
});

it('a login that stands twice is made once', () => {
  const uri = `postgresql://litellm_a:${NEW}@${HOST}/litellm`;
  expect(logins({ username: 'litellm_a', password: NEW, uri })).toHaveLength(1);
});
