import type { Password } from '../password.ts';
import { textsOf } from '../secret-data.ts';
import { isVerifier } from './verifier.ts';
import {
  readLogins,
  strayPlaces,
  weakness,
  type DescribedLogin,
  type PasswordPlace,
  type Place,
  type Reading,
  type Texts,
} from '../secrets/index.ts';
import { answerFor, type Answer } from './answers.ts';
import { readEnvironments, type ReadAsPassword } from './environment.ts';
import { isOfAnotherService, judgeWhose, meansTheDatabase, type Whose } from './judge-login.ts';
import { toPlace, type PlannedChange, type SecretPlan, type UntouchedPlace } from './plan.ts';
import type { CandidateSecret, SecretWorld } from './world.ts';

/*
 * Which places of which Secrets change with a password. A text that equals the password is no evidence: a place changes
 * because it says whose login it is, because a container reads it as the role's password, or because the catalogue says
 * so. What shows that a place is another's leaves it alone. A text that equals the password without any evidence is asked
 * about, and nothing is written until the catalogue answers.
 */

/** A password of the role as somebody holds it, to be tried where CNPG's own Secret does not show one. */
export interface LoginCandidate {
  readonly secret: string;
  readonly place: Place;
  readonly password: Password;
}

/** What is known of the role's password now. */
export interface Known {
  /** What CNPG's Secret holds: the password itself, or a verifier. */
  readonly held: Password;
  /** What PostgreSQL accepts, or what CNPG's Secret holds where that could not be tried. */
  readonly current: Password;
  /** Texts that PostgreSQL accepted for the role, besides. */
  readonly accepted: readonly Password[];
}

/** A Secret as it was read. */
interface Read {
  readonly secret: CandidateSecret;
  readonly texts: Texts;
  readonly reading: Reading;
  readonly answer: Answer;
}

/** Types whose content belongs to a machine and is written anew by it. */
const FOREIGN_TYPES: ReadonlySet<string> = new Set([
  'helm.sh/release.v1',
  'kubernetes.io/service-account-token',
  'kubernetes.io/dockerconfigjson',
  'kubernetes.io/dockercfg',
  'kubernetes.io/tls',
  'bootstrap.kubernetes.io/token',
]);

/** Every text of the namespace that is shown to be a password of the role, CNPG's own Secret first. */
export function loginCandidates(world: SecretWorld): readonly LoginCandidate[] {
  return readAll(world).flatMap(({ secret, reading }) =>
    reading.logins.flatMap((login): LoginCandidate[] => {
      const { password } = login;
      const { kind } = judgeWhose(login, world);
      if (password === undefined || (kind !== 'ours' && kind !== 'named')) return [];
      return [{ secret: secret.name, place: toPlace(password), password: password.password }];
    }),
  );
}

/** @param renames whether the user's name changes with the password, since another role takes over. */
export function planSecrets(world: SecretWorld, known: Known, renames: boolean): SecretPlan {
  const readAs = readEnvironments(world.environments, world.secrets);
  const plans = readAll(world).map((read) => planSecret(world, known, read, readAs, renames));
  return {
    changes: plans.flatMap(({ changes }) => changes),
    leftAlone: plans.flatMap(({ leftAlone }) => leftAlone),
    unclear: plans.flatMap(({ unclear }) => unclear),
    nameless: plans.flatMap(({ nameless }) => nameless),
  };
}

/** Those that may hold an application's password; the main one first, then those that the catalogue names. */
function readAll({ component, secrets, ofOtherRoles }: SecretWorld): readonly Read[] {
  const order = [component.secret, ...component.otherSecrets.map(({ name }) => name)];
  const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  return secrets
    .filter(({ type, labels }) => !FOREIGN_TYPES.has(type) && labels['app.kubernetes.io/managed-by'] !== 'cnpg-rotator')
    .map((secret) => {
      const texts = textsOf(secret.data);
      const answer = answerFor(component, secret.name, ofOtherRoles);
      return { secret, texts, answer, reading: readLogins(texts, answer.templates) };
    })
    .sort((a, b) => rank(a.secret.name) - rank(b.secret.name) || a.secret.name.localeCompare(b.secret.name));
}

type Judgement =
  | { readonly kind: 'change'; readonly why: string; readonly stale?: boolean }
  | { readonly kind: 'leave'; readonly why: string }
  | { readonly kind: 'ask'; readonly why: string; readonly unreadable?: boolean }
  | { readonly kind: 'pass' };

function planSecret(
  world: SecretWorld,
  known: Known,
  read: Read,
  readAs: readonly ReadAsPassword[],
  renames: boolean,
): SecretPlan {
  const { secret, reading, texts } = read;
  const changes: PlannedChange[] = [];
  const untouched: Record<'leave' | 'ask', UntouchedPlace[]> = { leave: [], ask: [] };
  const note = (place: Pick<Place, 'key' | 'within'>, judgement: Judgement, text?: Password): void => {
    if (judgement.kind === 'change') {
      const { why, stale } = judgement;
      const at: Place = { key: place.key, within: place.within, meaning: 'password' };
      const differs = text !== undefined && !sameText(text, known.current);
      changes.push({
        secret: secret.name,
        place: at,
        why,
        ...(differs && { differs }),
        ...(stale === true && { stale }),
      });
    } else if (judgement.kind !== 'pass') {
      const { kind, why } = judgement;
      untouched[kind].push({
        secret: secret.name,
        key: place.key,
        within: place.within,
        why,
        ...(judgement.kind === 'ask' && judgement.unreadable === true && { unreadable: true as const }),
      });
    }
  };
  const changing: DescribedLogin[] = [];
  for (const login of reading.logins) {
    if (login.password === undefined) continue;
    const judgement = judge(world, known, read, readAs, login, login.password);
    if (judgement.kind === 'change') changing.push(login);
    note(login.password, judgement, login.password.password);
  }
  for (const stray of strayPlaces(texts, reading, known.current, read.answer.templates))
    note(stray, judgeStray(world, known, read, readAs, stray));
  const settled = untouched.ask.filter(({ key }) => isSettled(read.answer, changes, key));
  const users = changes.length === 0 ? [] : usersOf(world, read, changing);
  const nameless = changes.length > 0 && !saysTheUser(world, changing, users);
  return {
    changes: renames ? [...changes, ...users] : changes,
    leftAlone: [
      ...untouched.leave,
      ...settled.map((one) => ({ ...one, why: 'the catalogue says what changes of it' })),
    ],
    unclear: untouched.ask.filter((one) => !settled.includes(one)),
    nameless: nameless ? [secret.name] : [],
  };
}

/**
 * Who names some keys of a Secret has looked at the others too. A key that is named and of which no place can be written
 * is asked about all the same: it needs a template.
 */
function isSettled({ namesKeys, templates, of }: Answer, changes: readonly PlannedChange[], key: string): boolean {
  if (!namesKeys) return false;
  const named = Object.hasOwn(templates, key) || of(key)?.kind === 'change';
  return !named || changes.some(({ place }) => place.key === key);
}

function judge(
  world: SecretWorld,
  known: Known,
  read: Read,
  readAs: readonly ReadAsPassword[],
  login: DescribedLogin,
  place: PasswordPlace,
): Judgement {
  const { answer, secret } = read;
  const isMain = secret.name === world.component.secret;
  const equal = sameText(place.password, known.current);
  if (isMain && place.key === 'password' && place.within === '')
    return { kind: 'change', why: 'CNPG sets the password of the role from it', stale: false };
  const answered = answer.of(place.key);
  if (answered?.kind === 'leave') return equal ? answered : { kind: 'pass' };
  const works = equal || known.accepted.some((one) => sameText(one, place.password));
  const whose = judgeWhose(login, world);
  const isOthers = whose.kind === 'another' || whose.kind === 'of another service';
  // Who names a key means its value; within a document another's password is another's all the same.
  if (answered?.kind === 'change' && (place.within === '' || !isOthers) && (works || isTheRoles(whose)))
    return { ...answered, stale: !works };
  if (whose.kind === 'another') return equal ? { kind: 'leave', why: whose.why } : { kind: 'pass' };
  const reader = place.within === '' ? readerOf(world, readAs, secret.name, place.key) : undefined;
  if (reader?.kind === 'leave') return equal ? reader : { kind: 'pass' };
  const evidence = { works, equal, isMain, named: answer.named, reader, label: login.label };
  if (isVerifier(place.password.reveal()) && !isMain && isTheRoles(whose))
    return judgeVerifier(sameText(place.password, known.held));
  // A bare user and password may be of anything that is called so.
  const bare = login.label === '' && place.within === '' && login.hosts.length === 0 && !isMain && !answer.named;
  if (whose.kind === 'named' && bare && isOfAnotherService(secret.name, world.component))
    return judgeByEvidence({ kind: 'of another service' }, evidence);
  return judgeByEvidence(whose, evidence);
}

function isTheRoles({ kind }: Whose): boolean {
  return kind === 'ours' || kind === 'named';
}

/** PgBouncer's user list, for example, holds the verifier that PostgreSQL has. */
function judgeVerifier(isCnpgs: boolean): Judgement {
  return isCnpgs
    ? { kind: 'change', why: 'it holds the verifier that CNPG sets for the role' }
    : { kind: 'ask', why: 'it holds a verifier for the role, and nothing says of which password' };
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

/** What the containers that read a key say of it. Where they disagree they say nothing. */
function readerOf(
  world: SecretWorld,
  readAs: readonly ReadAsPassword[],
  secret: string,
  key: string,
): ReaderVerdict | undefined {
  const verdicts = readAs
    .filter((one) => one.secret === secret && one.key === key)
    .map(({ reader, login }) => ({ reader, whose: judgeWhose(login, world) }));
  const ours = verdicts.find(({ whose: { kind } }) => kind === 'ours' || kind === 'named' || kind === 'at our host');
  const others = verdicts.find(({ whose: { kind } }) => kind === 'another' || kind === 'of another service');
  if (ours !== undefined && others !== undefined) return undefined;
  if (ours !== undefined)
    return { kind: 'change', why: `${ours.reader} for the role`, sure: ours.whose.kind === 'ours' };
  if (others === undefined) return undefined;
  const why = others.whose.kind === 'another' ? others.whose.why : 'its name speaks of another service';
  return { kind: 'leave', why: `${others.reader}: ${why}` };
}

/** The password's text where no login stands. */
function judgeStray(
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
  // A word of every day stands in many texts.
  if (weakness(current, [role, database, cluster, name]) !== undefined) return { kind: 'pass' };
  return {
    kind: 'ask',
    why: whole
      ? 'it holds the same text as the password, and its name means no password'
      : 'the text of the password stands in it, in no form that is understood',
  };
}

/**
 * Where the name of the role means who logs in, in a Secret whose password changes: beside a password that changes, in a
 * URI of the Cluster, or in a key that speaks of the database.
 */
function usersOf(
  world: SecretWorld,
  { secret, reading, answer }: Read,
  changing: readonly DescribedLogin[],
): PlannedChange[] {
  const labels = new Set(changing.map(({ label }) => label));
  const places = reading.logins
    .filter(
      (login) => changing.includes(login) || (login.password === undefined && isTheRoles(judgeWhose(login, world))),
    )
    .flatMap((login) => (login.user?.text === world.user ? [{ login, place: toPlace(login.user) }] : []))
    .filter(({ place }) => answer.of(place.key)?.kind !== 'leave')
    .filter(
      ({ login, place }) =>
        changing.includes(login) ||
        login.hosts.length > 0 ||
        (!/role$/i.test(nameOf(place)) && (labels.has(login.label) || meansTheDatabase(login.label))),
    )
    .map(({ place }) => place);
  const unique = new Map(places.map((place) => [JSON.stringify([place.key, place.within]), place]));
  return [...unique.values()].map((place) => ({
    secret: secret.name,
    place,
    why: 'the user changes with the password',
  }));
}

/** The last name on the way to a place. */
function nameOf({ key, within }: Place): string {
  return within === '' ? key : (within.split(/[ .]/).at(-1) ?? '');
}

/** Whether each password that changes has its user beside it: in the same URI or document, or in a key of the Secret. */
function saysTheUser(
  { user }: SecretWorld,
  changing: readonly DescribedLogin[],
  users: readonly PlannedChange[],
): boolean {
  const inAKey = users.some(({ place }) => place.within === '');
  return (
    users.length > 0 &&
    changing.every((login) => login.user?.text === user || (inAKey && login.password?.within === ''))
  );
}

/** CNPG trims white space from a password. */
function sameText(a: Password, b: Password): boolean {
  return a.reveal().trim() === b.reveal().trim();
}
