import { Password } from '../../../src/domain/password.ts';
import { isVerifier, placesOfPlan, writePlaces } from '../../../src/domain/secret-plan/index.ts';
import { planOf, toWorld, type World } from './world.ts';

const X = 'q8Zr2vWm5tYx0Lk3';
const NEW = { username: 'litellm', password: Password.of('New-password_0123456789') };
const VERIFIER = 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy';

/** The texts of a Secret after the plan of the world was carried out on it. */
function written(world: World, name: string, now = world): unknown {
  const { component, secrets } = toWorld(now);
  const places = placesOfPlan(planOf(world, X)).find(({ secret }) => secret === name)?.places ?? [];
  const data = secrets.find((one) => one.name === name)?.data ?? {};
  const from = { username: 'litellm', password: Password.of(X) };
  const change = writePlaces(data, { component, secret: name, places, from, to: NEW, verifierOf: () => 'a verifier' });
  if (typeof change['refused'] === 'string') return change;
  return Object.fromEntries(
    Object.entries(change).map(([key, value]) => [key, new TextDecoder().decode(value as Uint8Array)]),
  );
}

const own = { username: 'litellm', password: X };

describe('writing the places of a plan', () => {
  it('changes the password where it stands, and no other byte', () => {
    const uri = `postgresql://litellm:${X}@litellm-postgresql-rw:5432/litellm?sslmode=require`;
    expect(written({ secrets: { 'litellm-db-secret': { ...own, uri, host: X } } }, 'litellm-db-secret')).toEqual({
      password: NEW.password.reveal(),
      uri: `postgresql://litellm:${NEW.password.reveal()}@litellm-postgresql-rw:5432/litellm?sslmode=require`,
    });
  });

  it('keeps the white space around a value', () => {
    const secrets = { 'litellm-db-secret': { username: 'litellm', password: ` ${X}\n` } };
    expect(written({ secrets }, 'litellm-db-secret')).toEqual({ password: ` ${NEW.password.reveal()}\n` });
  });

  it('puts a verifier where a verifier stands', () => {
    const env = { DATABASE_URL: `postgresql://litellm:${X}@litellm-postgresql-rw/litellm` };
    const secrets = { 'litellm-db-secret': { username: 'litellm', password: VERIFIER }, env };
    expect(written({ secrets }, 'litellm-db-secret')).toEqual({ password: 'a verifier' });
  });

  it.each([
    ['the key is gone', { username: 'litellm' }, 'key password is gone'],
    ['the text is another', { ...own, password: 'of somebody else' }, 'key password holds another text'],
  ])('is refused where, since the plan, %s', (_, now, refused) => {
    const world = { secrets: { 'litellm-db-secret': own } };
    expect(written(world, 'litellm-db-secret', { secrets: { 'litellm-db-secret': now } })).toEqual({ refused });
  });
});

describe('a verifier', () => {
  it.each([
    [true, VERIFIER],
    [true, 'md5d41d8cd98f00b204e9800998ecf8427e'],
    [false, 'md5sum'],
    [false, 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk'],
    [false, X],
  ])('is told from a password: %s', (is, text) => {
    expect(isVerifier(text)).toBe(is);
  });
});
