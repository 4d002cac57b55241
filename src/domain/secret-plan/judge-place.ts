import { secretAt } from '../component.ts';
import { weakness, type DescribedLogin, type PasswordPlace, type strayPlaces } from '../secrets/index.ts';
import type { ReadAsPassword } from './environment.ts';
import { isOfAnotherService, isTheRoles, judgeWhose, meansTheDatabase, type Whose } from './judge-login.ts';
import { type Known, type Read } from './read-secrets.ts';
import { isVerifier } from './verifier.ts';
import { namespaceOf, type SecretWorld } from './world.ts';

/**
 * What happens to a place. `change`: it is the role's. `leave`: it is somebody else's. `ask`: nothing shows the owner.
 * `pass`: it has nothing to do with the role.
 */
export type Judgement =
  | { readonly kind: 'change'; readonly why: string; readonly stale?: boolean }
  | { readonly kind: 'leave'; readonly why: string }
  | { readonly kind: 'ask'; readonly why: string; readonly unreadable?: boolean }
  | { readonly kind: 'pass' };

/** Judges the password of a login. */
export function judgeLogin(
  world: SecretWorld,
  known: Known,
  read: Read,
  readAs: readonly ReadAsPassword[],
  login: DescribedLogin,
  place: PasswordPlace,
): Judgement {
  const { answer, secret } = read;
  const isMain = secret.name === world.component.secret;
  const equal = place.password.equals(known.current);
  if (isMain && place.key === 'password' && place.within === '')
    return { kind: 'change', why: 'CNPG sets the password of the role from it', stale: false };
  const answered = answer.of(place.key);
  if (answered?.kind === 'leave') return equal ? answered : { kind: 'pass' };
  const works = equal || known.accepted.some((one) => one.equals(place.password));
  const whose = judgeWhose(login, world, namespaceOf(world, secret));
  const isOthers = whose.kind === 'another' || whose.kind === 'of another service';
  // A catalogue that names a key means its whole value. Another user's password in a document stays another user's.
  if (answered?.kind === 'change' && (place.within === '' || !isOthers) && (works || isTheRoles(whose)))
    return { ...answered, stale: !works };
  if (whose.kind === 'another') return equal ? { kind: 'leave', why: whose.why } : { kind: 'pass' };
  const reader = place.within === '' ? readerOf(world, readAs, secret.name, place.key) : undefined;
  if (reader?.kind === 'leave') return equal ? reader : { kind: 'pass' };
  const evidence = { works, equal, isMain, named: answer.named, reader, label: login.label };
  // For example, PgBouncer's user list holds the verifier that PostgreSQL has.
  if (isVerifier(place.password.reveal()) && !isMain && isTheRoles(whose))
    return place.password.equals(known.held)
      ? { kind: 'change', why: 'it holds the verifier that CNPG sets for the role' }
      : { kind: 'ask', why: 'it holds a verifier for the role, and nothing says of which password' };
  // A bare user and password may belong to any service with this name.
  const bare = login.label === '' && place.within === '' && login.hosts.length === 0 && !isMain && !answer.named;
  if (
    whose.kind === 'named' &&
    bare &&
    isOfAnotherService(secretAt(world.component, secret.name).name, world.component)
  )
    return judgeByEvidence({ kind: 'of another service' }, evidence);
  return judgeByEvidence(whose, evidence);
}

function judgeByEvidence(
  whose: Whose,
  evidence: {
    readonly works: boolean;
    readonly equal: boolean;
    readonly isMain: boolean;
    readonly named: boolean;
    readonly reader: ReaderVerdict | undefined;
    readonly label: string;
  },
): Judgement {
  const { works, equal, isMain, named, reader, label } = evidence;
  if (whose.kind === 'ours') return { kind: 'change', why: 'it logs in as the role at the Cluster', stale: !works };
  if (reader?.kind === 'change' && (works || reader.sure)) return { kind: 'change', why: reader.why, stale: !works };
  if (whose.kind === 'named') {
    if (works) return { kind: 'change', why: 'it names the role as its user' };
    return { kind: 'leave', why: 'it names the role as its user, and PostgreSQL does not accept what it holds' };
  }
  if (!equal) {
    if (whose.kind !== 'elsewhere') return { kind: 'pass' };
    return { kind: 'leave', why: 'it names the role at a host that is none of the Cluster' };
  }
  if (whose.kind === 'at our host') return { kind: 'change', why: 'it logs in at the Cluster' };
  if (named) return { kind: 'change', why: 'the catalogue names the Secret' };
  if (isMain && (whose.kind === 'elsewhere' || label === '' || meansTheDatabase(label)))
    return { kind: 'change', why: 'it stands beside the password that CNPG reads' };
  return {
    kind: 'ask',
    why:
      whose.kind === 'elsewhere'
        ? 'it holds the password and the user, for a host that is none of the Cluster'
        : 'it holds the same text as the password, and nothing says whose it is',
  };
}

type ReaderVerdict =
  | { readonly kind: 'change'; readonly why: string; readonly sure: boolean }
  | { readonly kind: 'leave'; readonly why: string };

/** The verdict of the containers that read a key; none where the containers disagree. */
function readerOf(
  world: SecretWorld,
  readAs: readonly ReadAsPassword[],
  secret: string,
  key: string,
): ReaderVerdict | undefined {
  const verdicts = readAs
    .filter((one) => one.secret === secret && one.key === key)
    .map(({ reader, login }) => ({ reader, whose: judgeWhose(login, world, namespaceOf(world, { name: secret })) }));
  const ours = verdicts.find(({ whose: { kind } }) => kind === 'ours' || kind === 'named' || kind === 'at our host');
  const others = verdicts.find(({ whose: { kind } }) => kind === 'another' || kind === 'of another service');
  if (ours !== undefined && others !== undefined) return undefined;
  if (ours !== undefined)
    return { kind: 'change', why: `${ours.reader} for the role`, sure: ours.whose.kind === 'ours' };
  if (others === undefined) return undefined;
  const why = others.whose.kind === 'another' ? others.whose.why : 'its name speaks of another service';
  return { kind: 'leave', why: `${others.reader}: ${why}` };
}

/** Judges the password's text in a place without a login. */
export function judgeStray(
  world: SecretWorld,
  { current }: Known,
  { secret, answer }: Read,
  readAs: readonly ReadAsPassword[],
  { key, within, whole }: ReturnType<typeof strayPlaces>[number],
): Judgement {
  const answered = answer.of(key);
  const isValue = whole && within === '';
  if (answered?.kind === 'leave' || (answered?.kind === 'change' && isValue)) return answered;
  const reader = isValue ? readerOf(world, readAs, secret.name, key) : undefined;
  if (reader !== undefined) return reader;
  const { role, database, cluster, name } = world.component;
  // A common word stands in many texts.
  if (weakness(current, [role, database, cluster, name]) !== undefined) return { kind: 'pass' };
  return {
    kind: 'ask',
    why: whole
      ? 'it holds the same text as the password, and its name means no password'
      : 'the text of the password stands in it, in no form that is understood',
    unreadable: !isValue,
  };
}
