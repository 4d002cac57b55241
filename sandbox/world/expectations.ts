import { stripVTControlCharacters } from 'node:util';
import type { CatalogueDiagnosis } from '../../src/domain/rotation/diagnosis.ts';
import type { Checked, Ended } from './commands.ts';
import { judgeLeftBehind } from './left-behind.ts';
import { differences, type Secrets, type Workloads, type WorkloadState } from './observe.ts';
import type { Expectations } from './schema.ts';

/*
 * What a world expects against what came out; pure. Each disagreement is one line.
 */

/** What every rotation in a sandbox is warned of: it takes no backups, and its applications have one replica. */
const OF_THE_SANDBOX = /has no backup of the last|CVE-2026-55765|has one replica/;

/** What was seen of a world, before and after its commands. */
export interface Seen {
  readonly ended: Ended | undefined;
  /** When the last command had ended, in milliseconds since the epoch. */
  readonly endedAt?: number;
  readonly before: { readonly secrets: Secrets; readonly workloads: Workloads };
  readonly after: { readonly secrets: Secrets; readonly workloads: Workloads };
  readonly oldPassword: string;
  readonly newPassword: string;
  /** All that the product printed. */
  readonly said: string;
}

type CheckExpectation = NonNullable<Expectations['check']>;
type Found = readonly { readonly rule: string; readonly severity: string; message: string }[];

export function judgeCheck(expected: CheckExpectation | undefined, { diagnosis }: Checked, when: string): string[] {
  if (expected === undefined) return [];
  const failed = diagnosis.components.flatMap((one) => ('failure' in one ? [one.failure] : []));
  const findings: Found = diagnosis.components.flatMap((one) => ('findings' in one ? one.findings : []));
  const blocking = findings.filter(({ severity }) => severity === 'blocking');
  const red = failed.map(({ type, message }) => `${when}: it could not be checked: ${type}: ${message}`);
  if (expected.ready !== undefined && expected.ready !== (blocking.length === 0 && failed.length === 0))
    red.push(`${when}: it is ${expected.ready ? `not ready: ${list(blocking)}` : 'ready'}`);
  if (expected.blocking !== undefined) {
    red.push(...missing(expected.blocking, blocking).map((name) => `${when}: ${name} does not block`));
    const others = blocking.filter(({ rule }) => expected.blocking?.includes(rule) !== true);
    red.push(...others.map(({ rule, message }) => `${when}: ${rule} blocks: ${message}`));
  }
  const warned = findings.filter(({ severity }) => severity === 'warning');
  red.push(...missing(expected.warnings ?? [], warned).map((name) => `${when}: ${name} is no warning`));
  return red;
}

function missing(names: readonly string[], found: Found): string[] {
  return names.filter((name) => !found.some(({ rule }) => rule === name));
}

function list(found: Found): string {
  return found.map(({ rule }) => rule).join(', ') || 'it could not be checked';
}

interface PlanEntry {
  readonly secret: string;
  readonly key?: string;
}

interface Plan {
  readonly changes?: readonly PlanEntry[];
  readonly leftAlone?: readonly PlanEntry[];
  readonly unclear?: readonly PlanEntry[];
  readonly workloads?: readonly { readonly kind: string; readonly namespace?: string; readonly name: string }[];
}

/** What `check` says that a rotation of the first component would do. @param home its namespace, as the file names it. */
export function judgePlan(expected: Expectations['plan'], diagnosis: CatalogueDiagnosis, home: string): string[] {
  if (expected === undefined) return [];
  const [first] = diagnosis.components as readonly { readonly plan?: Plan }[];
  if (first?.plan === undefined) return ['plan: check tells none'];
  const { plan } = first;
  const red = (['changes', 'leftAlone', 'unclear'] as const).flatMap((part) => {
    const wanted = expected[part];
    if (wanted === undefined) return [];
    const told = plan[part] ?? [];
    const isTold = (name: string): boolean => told.some((entry) => [entry.secret, whole(entry)].includes(name));
    const isWanted = (entry: PlanEntry): boolean => wanted.includes(entry.secret) || wanted.includes(whole(entry));
    return [
      ...wanted.filter((name) => !isTold(name)).map((name) => `plan.${part}: ${name} is not there`),
      ...told.filter((entry) => !isWanted(entry)).map((entry) => `plan.${part}: ${whole(entry)} is there`),
    ];
  });
  const workloads = (plan.workloads ?? []).map(({ kind, namespace = home, name }) =>
    namespace === home ? `${kind}/${name}` : `${namespace}/${kind}/${name}`,
  );
  return [
    ...red,
    ...(expected.workloads === undefined ? [] : sameNames('plan.workloads', expected.workloads, workloads)),
  ];
}

function whole({ secret, key }: PlanEntry): string {
  return key === undefined ? secret : `${secret}/${key}`;
}

/** All but what has to be tried out: who can log in, and where a password leaked. */
export function judge(expect: Expectations, seen: Seen): string[] {
  return [
    ...judgeEnd(expect, seen),
    ...judgeSecrets(expect, seen),
    ...judgeWorkloads(expect, seen),
    ...judgeWords(expect, seen),
    ...judgeLeftBehind(expect.leftBehind, seen.ended?.leftBehind),
  ];
}

function judgeEnd({ outcome, exitCode, cause }: Expectations, { ended }: Seen): string[] {
  if (ended === undefined) return [];
  const red: string[] = [];
  const why = ended.cause === undefined ? '' : ` (${ended.cause.type}: ${ended.cause.message})`;
  if (outcome !== undefined && ended.outcome !== outcome)
    red.push(`outcome: ${ended.outcome ?? 'none'} instead of ${outcome}${why}`);
  if (exitCode !== undefined && ended.exitCode !== exitCode)
    red.push(`exit code: ${ended.exitCode} instead of ${exitCode}`);
  if (cause !== undefined && ended.cause?.type !== cause)
    red.push(`cause: ${ended.cause?.type ?? 'none'} instead of ${cause}`);
  return red;
}

/** Every Secret is byte for byte as before, but for the keys that the file names. */
function judgeSecrets(expect: Expectations, { before, after, oldPassword, newPassword }: Seen): string[] {
  const { changed, came, went } = differences(before.secrets, after.secrets);
  const expected = expect.changed ?? {};
  const names = [...new Set([...Object.keys(changed), ...Object.keys(expected)])].sort();
  const red = names.flatMap((name) => {
    const [is, wanted] = [changed[name] ?? [], expected[name] ?? []];
    return [
      ...wanted.filter((key) => !is.includes(key)).map((key) => `Secret ${name}: "${key}" did not change`),
      ...is.filter((key) => !wanted.includes(key)).map((key) => `Secret ${name}: "${key}" changed`),
    ];
  });
  const mayCome = expect.newSecrets ?? [];
  const isLeft = expect.outcome === 'needs-attention' ? (name: string) => !name.endsWith('-rotation') : () => true;
  red.push(
    ...came
      .filter((name) => !mayCome.includes(name) && isLeft(name))
      .map((name) => `Secret ${name} was made and is still there`),
    ...went.filter((name) => !expect.goneSecrets.includes(name)).map((name) => `Secret ${name} is gone`),
  );
  const fill = (template: string): string =>
    template.replaceAll('{{new password}}', newPassword).replaceAll('{{old password}}', oldPassword);
  for (const [name, keys] of Object.entries(expect.secrets)) {
    const data = after.secrets.get(name) ?? {};
    for (const [key, template] of Object.entries(keys)) {
      const text = Buffer.from(data[key] ?? '', 'base64').toString('utf8');
      if (text !== fill(template))
        red.push(`Secret ${name}: "${key}" is ${masked(text, [oldPassword, newPassword])}, not ${template}`);
    }
  }
  return red;
}

function masked(text: string, passwords: readonly string[]): string {
  const [old = '', fresh = ''] = passwords;
  const named = fresh === '' ? text : text.replaceAll(fresh, '{{new password}}');
  return JSON.stringify(old.length < 8 ? named : named.replaceAll(old, '{{old password}}'));
}

function judgeWorkloads(expect: Expectations, { before, after, endedAt = 0 }: Seen): string[] {
  const restarted = [...after.workloads]
    .filter(([name, state]) => isRestarted(before.workloads.get(name), state))
    .map(([name]) => name);
  const red = [
    ...(expect.restarted ?? []).filter((name) => !restarted.includes(name)).map((name) => `${name} was not restarted`),
    ...Object.entries(expect.rollouts).flatMap(([name, wanted]) => {
      const made = (after.workloads.get(name)?.replicaSets ?? 0) - (before.workloads.get(name)?.replicaSets ?? 0);
      return made === wanted ? [] : [`${name} had ${made} rollouts, not ${wanted}`];
    }),
    ...expect.notRestarted.filter((name) => restarted.includes(name)).map((name) => `${name} was restarted`),
  ];
  const hasLoggedIn = [...before.workloads].filter(([, state]) => isLoggingIn(state.logins)).map(([name]) => name);
  for (const name of expect.logsIn ?? hasLoggedIn) {
    // A Job that has come to its end needs no password any more.
    if (expect.logsIn === undefined && after.workloads.get(name)?.ended === true) continue;
    const logins = after.workloads.get(name)?.logins;
    if (!isLoggingIn(logins)) red.push(`${name} cannot log in any more${lastWords(logins)}`);
  }
  for (const name of expect.neverRefused) {
    const { refused = [] } = after.workloads.get(name) ?? {};
    const late = refused.filter((line) => Date.parse(line.split(' ')[0] ?? '') > endedAt);
    if (late.length > 0) red.push(`${name} was refused ${late.length} times after the last command: ${late[0] ?? ''}`);
  }
  return red;
}

/** It has another template, or other pods than before: not every kind is restarted by its template. */
function isRestarted(before: WorkloadState | undefined, after: WorkloadState): boolean {
  if (before === undefined || before.template !== after.template) return true;
  return before.pods.length > 0 && after.pods.length > 0 && !after.pods.some((uid) => before.pods.includes(uid));
}

export function isLoggingIn(logins: readonly string[] | undefined): boolean {
  return logins !== undefined && logins.length > 0 && logins.every((line) => / accepted user=/.test(line));
}

function lastWords(logins: readonly string[] | undefined): string {
  const refused = logins?.find((line) => !/ accepted user=/.test(line))?.trim();
  return refused === undefined || refused === '' ? '' : `: ${refused.replace(/^\S+ /, '')}`;
}

function judgeWords(expect: Expectations, { ended, said: printed }: Seen): string[] {
  // Where colours are on, as in CI, there are escape sequences within a line.
  const said = stripVTControlCharacters(printed);
  const warnings = (ended?.warnings ?? []).filter((warning) => !OF_THE_SANDBOX.test(warning));
  const lacking = expect.warnings.filter((one) => !warnings.some((warning) => new RegExp(one, 'i').test(warning)));
  return [
    ...lacking.map((one) => `no warning matches /${one}/`),
    ...(expect.noWarnings ? warnings.map((warning) => `it warns: ${warning}`) : []),
    ...expect.says.filter((one) => !new RegExp(one, 'i').test(said)).map((one) => `it never says /${one}/`),
    ...expect.neverSays.filter((one) => new RegExp(one, 'i').test(said)).map((one) => `it says /${one}/`),
  ];
}

function sameNames(what: string, expected: readonly string[], found: readonly string[]): string[] {
  return [
    ...expected.filter((name) => !found.includes(name)).map((name) => `${what}: ${name} is not there`),
    ...found.filter((name) => !expected.includes(name)).map((name) => `${what}: ${name} is there`),
  ];
}
