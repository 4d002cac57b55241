import type { LoginRole, SecretReader, Turn } from '../component.ts';
import { waitForJobsSeconds } from '../consumers/consumer.ts';
import type { SecretPlaces, PasswordAt } from '../secret-plan/plan.ts';
import { otherTarget, type Target } from '../steps.ts';
import type { Rotation } from './rotation.ts';

/*
 * Which role hands over to which. This file works it out once for each step: the Secrets that the step writes, and the
 * logins that prove the step. A step knows neither the strategy nor whose turn it is.
 *
 * In place, one role's password changes. With alternating roles two login roles take turns. At rest the application's
 * Secrets name the active role, and nobody knows the password of the idle role:
 *
 *              Secrets name   active role's password   idle role's password
 *   at rest        active            valid              of nobody
 *   prepare        active            valid              valid, new
 *   publish          idle            valid              valid, new
 *   retire           idle            of nobody          valid, new
 *
 * The way back takes the same steps with the two roles exchanged.
 */

/** A login whose password the staging Secret keeps. */
export interface StagedLogin {
  readonly role: string;
  /** Which of the two staged passwords the role logs in with. */
  readonly password: Target;
}

/** The logins that prove a step. */
export interface LoginsToProve {
  readonly accepted: StagedLogin;
  /** Absent while both logins are to work. */
  readonly refused?: StagedLogin;
  /** The role that the accepted login must act as; absent in place, where the role acts as itself. */
  readonly actsAs?: string;
}

/** Secrets that one step writes together. */
export interface SecretChange {
  readonly step: 'prepare' | 'publish' | 'retire';
  readonly target: Target;
  /** The Secrets' names. */
  readonly secrets: readonly string[];
  /** Those of the Secrets that somebody else copies from another: the step waits for them and writes the others. */
  readonly copies?: readonly string[];
  /** Whether applications read the Secrets, so that the Secrets decide who logs in. */
  readonly readByApplications: boolean;
  /** How the change is committed; absent where the Secrets are changed in the cluster. */
  readonly commit?: SecretCommit;
}

/** The Secrets of the change that the step writes. */
export function writtenIn({ secrets, copies = [] }: Pick<SecretChange, 'secrets' | 'copies'>): readonly string[] {
  return secrets.filter((secret) => !copies.includes(secret));
}

/** The facts of a change of Secrets that Git needs. */
export interface SecretCommit {
  /** Who logs in on each side, for the variables that templates use; the same role in place. */
  readonly usernames: Readonly<Record<Target, string>>;
  /** The login role whose own Secret changes; absent for the application's Secrets. */
  readonly login?: { readonly part: 'incoming' | 'outgoing'; readonly role: string };
  /** Names the notes of the change on the staging Secret; a change and its undoing share the notes. */
  readonly notes: 'application' | 'incoming' | 'outgoing';
  /** The time to publish, where Flux may need longer than usual. */
  readonly seconds?: number;
}

/** A change of Secrets from which CNPG sets a role's password. */
export interface PasswordChange extends SecretChange {
  /** The role, and the Secret that CNPG reads for the role. */
  readonly login: LoginRole;
  readonly proof: LoginsToProve;
}

/** CNPG generates the role's password, and is asked for another one. */
export interface PasswordRequest {
  readonly databaseRole: string;
  /** The Secret that CNPG writes. */
  readonly secret: string;
  /** Where the application's Secrets hold the password. */
  readonly plan: StagingPlan;
}

/** Running Jobs that read the Secrets. Their pods end by themselves. */
export interface JobsToWaitFor {
  readonly secrets: readonly string[];
  /** The limit, from when the step begins. */
  readonly seconds: number;
  /** The Secrets have changed, so pods that started afterwards read the new value. */
  readonly published: boolean;
}

/** The application's pods have to read their Secrets again. */
export interface PodsToRestart {
  readonly target: Target;
  readonly secrets: readonly string[];
  readonly workloads: readonly SecretReader[];
  /** Whether old pods still log in. Then the restart waits for their end while there is time. */
  readonly oldPodsLogIn: boolean;
}

/** One role hands its sessions over to another. */
export interface RolesToDrain {
  readonly target: Target;
  readonly old: StagedLogin;
  readonly successor: StagedLogin;
}

/** Roles that give what they own to the owner. */
export interface RolesToReassign {
  readonly target: Target;
  readonly logins: readonly StagedLogin[];
}

/** The proofs at the end of a handover. */
export interface EndToProve {
  readonly target: Target;
  readonly secrets: readonly string[];
  readonly logins: LoginsToProve;
  /** The roles whose refused logins are counted. */
  readonly roles: readonly string[];
  /** The role whose sessions may have begun with the other password; absent where the role was drained. */
  readonly oldSessionsOf?: StagedLogin;
}

/** The same role before and after. */
export interface InPlaceHandover {
  readonly change: PasswordChange;
  readonly restart: PodsToRestart;
  readonly end: EndToProve;
}

/** One login role takes over from another. */
export interface AlternatingHandover {
  readonly letIn: PasswordChange;
  /** Absent where preflight found nothing to give back, and on the way back. */
  readonly reassign?: RolesToReassign;
  readonly change: SecretChange;
  readonly restart: PodsToRestart;
  /** Absent where no Job runs, and on the way back, which nothing holds up. */
  readonly wait?: JobsToWaitFor;
  readonly drain: RolesToDrain;
  readonly lockOut: PasswordChange;
  readonly end: EndToProve;
}

/** The role's password changes before the pods restart. */
export function inPlaceHandover(rotation: Rotation, target: Target): InPlaceHandover {
  const { component, secrets, workloads } = rotation;
  const { role, secret } = component;
  const logins = { accepted: { role, password: target }, refused: { role, password: otherTarget(target) } };
  return {
    change: { ...applicationChange(rotation, target), login: { role, secret }, proof: logins },
    restart: { target, secrets, workloads, oldPodsLogIn: false },
    end: { target, secrets, logins, roles: [role], oldSessionsOf: logins.accepted },
  };
}

/** Undefined where the rotation sets the password itself. */
export function passwordRequest(rotation: Rotation): PasswordRequest | undefined {
  const { generatedBy: databaseRole, component } = rotation;
  return databaseRole === undefined
    ? undefined
    : { databaseRole, secret: component.secret, plan: stagingPlan(rotation) };
}

/** The successor can log in before the pods restart, and the old role cannot log in after the restart. */
export function alternatingHandover(rotation: Rotation, turn: Turn, target: Target): AlternatingHandover {
  const { component, secrets, workloads } = rotation;
  const [successor, old] = target === 'pending' ? [turn.idle, turn.active] : [turn.active, turn.idle];
  const accepted = { role: successor.role, password: target };
  const refused = { role: old.role, password: otherTarget(target) };
  const actsAs = component.alternating.owner;
  const logins = { accepted, refused, actsAs };
  return {
    letIn: { ...loginChange(rotation, turn, target, successor), step: 'prepare', proof: { accepted, actsAs } },
    ...(target === 'pending' && rotation.reassigns && { reassign: { target, logins: [accepted, refused] } }),
    change: applicationChange(rotation, target),
    restart: { target, secrets, workloads, oldPodsLogIn: true },
    ...(target === 'pending' && { wait: jobsToWaitFor(rotation, true) }),
    drain: { target, old: refused, successor: accepted },
    lockOut: { ...loginChange(rotation, turn, target, old), step: 'retire', proof: logins },
    end: { target, secrets, logins, roles: [successor.role, old.role] },
  };
}

/** In place the wait comes before the change, because a running Job is refused from then on. */
export function jobsBeforeTheChange(rotation: Rotation): JobsToWaitFor | undefined {
  return rotation.turn === undefined ? jobsToWaitFor(rotation, false) : undefined;
}

function jobsToWaitFor(
  { component, consumers = [], secrets }: Rotation,
  published: boolean,
): JobsToWaitFor | undefined {
  if (!consumers.some(({ treatment }) => treatment === 'waited for')) return undefined;
  return { secrets, seconds: waitForJobsSeconds(component), published };
}

function applicationChange(rotation: Rotation, target: Target): SecretChange {
  const { component, secrets, copies } = rotation;
  const commit = { usernames: usernamesOf(rotation), notes: 'application', ...timeOf(rotation) } as const;
  return {
    step: 'publish',
    target,
    secrets,
    ...(copies !== undefined && { copies }),
    readByApplications: true,
    commit: component.gitops === undefined ? undefined : commit,
  };
}

/** A login role's own Secret holds a verifier, which no application reads. */
function loginChange(rotation: Rotation, turn: Turn, target: Target, login: LoginRole) {
  const inGit = rotation.roleSecretsInGit?.includes(login.secret) === true;
  const part = (target === 'pending') === (login === turn.idle) ? 'incoming' : 'outgoing';
  const notes = login === turn.idle ? 'incoming' : 'outgoing';
  const usernames = usernamesOf(rotation);
  const commit = { usernames, login: { part, role: login.role }, notes, ...timeOf(rotation) } as const;
  return { target, secrets: [login.secret], readByApplications: false, commit: inGit ? commit : undefined, login };
}

function timeOf({ gitPublishSeconds: seconds }: Rotation): Pick<SecretCommit, 'seconds'> {
  return seconds === undefined ? {} : { seconds };
}

/** Who logs in with each of the two staged passwords. */
export function usernamesOf({ component, turn }: Pick<Rotation, 'component' | 'turn'>): Record<Target, string> {
  return turn === undefined
    ? { previous: component.role, pending: component.role }
    : { previous: turn.active.role, pending: turn.idle.role };
}

/** What the staging Secret has to hold. */
export interface StagingPlan {
  readonly usernames: Readonly<Record<Target, string>>;
  /** Where the application's Secrets hold the password, and the user's name where the name changes too. */
  readonly places: readonly SecretPlaces[];
  /** Where the previous password is read. */
  readonly passwordAt: PasswordAt;
  /** Secrets that only CNPG reads. Each gets a new verifier: of the new password, or of one that nobody knows. */
  readonly verifiers: readonly { readonly secret: string; readonly of: 'the new password' | 'a password of nobody' }[];
  /** Only with alternating roles. */
  readonly turn?: Turn;
  /** CNPG generates the new password, so that only the previous one is known when the rotation begins. */
  readonly isGenerated?: true;
}

export function stagingPlan(rotation: Rotation): StagingPlan {
  const { places, passwordAt, turn, generatedBy } = rotation;
  const verifiers =
    turn === undefined
      ? []
      : ([
          { secret: turn.idle.secret, of: 'the new password' },
          { secret: turn.active.secret, of: 'a password of nobody' },
        ] as const);
  const generated = generatedBy === undefined ? {} : { isGenerated: true as const };
  const ofTurn = turn === undefined ? {} : { turn };
  return { usernames: usernamesOf(rotation), places, passwordAt, verifiers, ...ofTurn, ...generated };
}

/** All Secrets that the rotation may write, in the order of the staging Secret. */
export function stagedSecrets({ secrets, turn }: Rotation): readonly string[] {
  return turn === undefined ? secrets : [...secrets, turn.idle.secret, turn.active.secret];
}
