import type { Password } from '../password.ts';
import { strayPlaces, type DescribedLogin, type Place } from '../secrets/index.ts';
import type { Answer } from './answers.ts';
import { readEnvironments, type ReadAsPassword } from './environment.ts';
import { judgeLogin, judgeStray, type Judgement } from './judge-place.ts';
import type { PlannedChange, SecretPlan, UntouchedPlace } from './plan.ts';
import { readAll, type Known, type Read } from './read-secrets.ts';
import { saysTheUser, usersOf } from './users.ts';
import type { CandidateSecret, SecretWorld } from './world.ts';

/*
 * Which places of which Secrets change with a password. An equal text alone is no evidence. A place changes if its login
 * is the role's, if a container reads it as the role's password, or if the catalogue says so. A place stays if something
 * shows that it is somebody else's. Without any evidence the plan asks about an equal text, and the rotation writes
 * nothing until the catalogue answers.
 */

/** @param renames whether the user name changes with the password because another role takes over. */
export function planSecrets(world: SecretWorld, known: Known, renames: boolean): SecretPlan {
  const readAs = readEnvironments(world.environments, world.secrets);
  return planAll(world, known, readAs, renames);
}

/** The same judgement of other holders of texts, each in the form of a Secret. They are not renamed. */
export function planAmong(
  world: SecretWorld,
  known: Known,
  holders: readonly CandidateSecret[],
  readAs: readonly ReadAsPassword[],
): SecretPlan {
  return planAll({ ...world, secrets: holders }, known, readAs, false);
}

function planAll(world: SecretWorld, known: Known, readAs: readonly ReadAsPassword[], renames: boolean): SecretPlan {
  const plans = readAll(world).map((read) => planSecret(world, known, read, readAs, renames));
  return {
    changes: plans.flatMap(({ changes }) => changes),
    leftAlone: plans.flatMap(({ leftAlone }) => leftAlone),
    unclear: plans.flatMap(({ unclear }) => unclear),
    nameless: plans.flatMap(({ nameless }) => nameless),
  };
}

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
  const note = ({ key, within }: Pick<Place, 'key' | 'within'>, judgement: Judgement, text?: Password): void => {
    const at = { key, within };
    if (judgement.kind === 'change') {
      const differs = text !== undefined && !text.equals(known.current);
      changes.push({
        secret: secret.name,
        place: { ...at, meaning: 'password' },
        why: judgement.why,
        ...(differs && { differs }),
        ...(judgement.stale === true && { stale: true }),
      });
    } else if (judgement.kind !== 'pass') {
      const unreadable = judgement.kind === 'ask' && judgement.unreadable === true;
      untouched[judgement.kind].push({
        secret: secret.name,
        ...at,
        why: judgement.why,
        ...(unreadable && { unreadable }),
      });
    }
  };
  const changing: DescribedLogin[] = [];
  for (const login of reading.logins) {
    if (login.password === undefined) continue;
    const judgement = judgeLogin(world, known, read, readAs, login, login.password);
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
 * A person who named some keys of a Secret has looked at its other keys too. One question remains: a named key without
 * a place that can be written needs a template.
 */
function isSettled({ namesKeys, templates, of }: Answer, changes: readonly PlannedChange[], key: string): boolean {
  if (!namesKeys) return false;
  const named = Object.hasOwn(templates, key) || of(key)?.kind === 'change';
  return !named || changes.some(({ place }) => place.key === key);
}
