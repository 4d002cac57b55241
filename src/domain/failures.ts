import { objectName } from './component.ts';

/*
 * Every bad end of a rotation for which somebody can do something. A caller matches on the type. The type is also the
 * failure's type in Temporal. The message says what happened, to which object, and what to do.
 */

/** A person asked for something impossible, stopped the rotation, or has not set something up. */
export const REQUEST_FAILURES = {
  InvalidInput: 'The input of a workflow or of an update has a wrong field.',
  InvalidConfiguration: 'The catalogue or a setting of the worker is not valid.',
  ComponentUnknown: 'The catalogue has no such component.',
  AnotherRotation: 'Another rotation or adoption holds the component.',
  NoRotation: 'No such rotation runs.',
  NotWaiting: 'The rotation does not wait for what was sent.',
  Aborted: 'A person aborted the rotation.',
  Cancelled: 'The workflow was cancelled.',
  ApprovalTimedOut: 'Nobody approved in time.',
  WorkerAbsent: 'No worker answered in time.',
  TemporalUnreachable: 'The Temporal server does not answer, or cannot be started.',
  OutOfSight: 'A workflow was started or followed, and its Temporal server went away for long.',
  KubeconfigAbsent: 'There is no kubeconfig that can be read, or no such context in it.',
  ToolAbsent: 'The worker lacks a program that the source in Git needs.',
} as const;

/** A step failed, and it fails again when it is retried. */
export const STEP_FAILURES = {
  RightsMissing: "The worker's account lacks rights; the message has all of them.",
  HookRefused: 'The hook before the first write refused the rotation.',
  HookUnanswered: 'The hook before the first write gave no answer in time, or could not be asked.',
  KubernetesForbidden: 'The Kubernetes API refused a request for want of a right.',
  KubernetesRejected: 'The Kubernetes API refused a request, or answered with an object of an unknown form.',
  ClusterAbsent: 'The Cluster was deleted during an adoption.',
  DatabaseAbsent: 'PostgreSQL refuses the database that the catalogue names.',
  DatabaseUnread: 'PostgreSQL refused a statement of the superuser, or answered in an unknown form.',
  WasReset: 'The workflow was reset: another run of it began what this run goes on with. The run begins anew.',
  StagingLost: 'The staging Secret is gone or belongs to another rotation.',
  SecretChanged: 'Somebody else changed a Secret that the rotation writes.',
  CopyNotFollowed: 'Whoever copies a Secret of the rotation did not bring the new value to the copy.',
  SecretIncomplete: "The application's Secret lost its username or its password during an adoption.",
  PasswordNotGenerated: 'CNPG was asked for another password and generated none.',
  NewPasswordRefused: 'PostgreSQL refuses the new password.',
  NewPodsRefused: 'PostgreSQL refuses the pods that the restart made, while both logins work.',
  OldPasswordAccepted: 'PostgreSQL still accepts the old password.',
  PasswordRefused: 'PostgreSQL refuses a password that the step left valid.',
  RolloutIncomplete: 'A workload did not come up again.',
  WorkloadDeleted: 'A workload was deleted during the rotation.',
  RoleActsAsItself: 'A login role does not act as the owner of the tables.',
  ObjectsKept: 'PostgreSQL did not let a login role give its objects to the owner.',
  RoleInUse: 'The application uses a login role that is to be taken away.',
  RoleNotMade: 'CNPG did not make or drop the login roles in time.',
  RoleUndeclared: "CNPG no longer sets a role's password from the Secret of the rotation.",
  RoleSecretTaken: "Somebody else's Secret has the name of a role's own Secret.",
  GitForbidden: 'The repository refuses the credentials, or the credentials are not there.',
  GitBranchAbsent: 'The repository does not have the branch.',
  GitDisagrees: 'The branch does not hold what the cluster holds.',
  GitPushRefused: 'The repository refused the push.',
  GitFailed: 'Git failed for another reason.',
  SymbolicLink: 'A symbolic link of the repository stands where the rotation reads or writes a file.',
  SecretNotInGit: 'The repository does not have the manifest, the key or the variable that has to change.',
  SecretInPlaintext: 'A password stands in plaintext in the repository.',
  SopsKeyRefused: 'SOPS cannot decrypt the file with the keys that the worker has.',
  SopsMacMismatch: 'The file was changed without SOPS.',
  SopsFailed: 'SOPS failed for another reason.',
  RenderFailed: 'The render command failed, or did not bring the password into the manifests.',
  ChangeTouchesOthers: 'The commit would change more than the password.',
  FluxSuspended: 'Flux is suspended, so the commit does not reach the cluster.',
  FluxFailing: 'Flux did not apply the commit.',
  NeedsAttention: 'The rotation stopped between two states; which password is valid is not proven.',
  BatchIncomplete: 'Not every component of the batch was rotated.',
} as const;

/** A step failed for a reason that may pass: the same call may succeed later. */
export const PASSING_FAILURES = {
  AnotherKubernetes: 'The worker is of another Kubernetes cluster; a worker of the right one may take the step.',
  PayloadUnreadable: 'A history is encrypted with a key that the worker or the command does not have.',
  Conflict: 'Somebody else wrote the same object between our read and our write.',
  DatabaseUnreachable: 'A login neither succeeded nor was refused.',
  EmergencyFailed: 'The emergency ALTER USER did not set the password.',
  GitUnreachable: 'The repository does not answer.',
  KubernetesUnavailable: 'The Kubernetes API did not answer, or only with an error of its own.',
  NoSpace: 'The clone or a file beside it does not fit into the memory or the folder that the worker has.',
  Unexpected: 'A defect of cnpg-rotator, or an end of which nothing else is known.',
} as const;

export type RequestFailure = keyof typeof REQUEST_FAILURES;
export type StepFailure = keyof typeof STEP_FAILURES | keyof typeof PASSING_FAILURES;
/** The name of a rule of preflight or of an adoption, such as `secret-exists`: the type of a blocking finding. */
export type RuleName = `${string}-${string}`;
export type FailureType = RequestFailure | StepFailure | RuleName;

const RULE_NAME = /^[a-z]+(-[a-z]+)+$/;

/** Why something failed, as a report shows it. */
export interface Cause {
  readonly type: FailureType;
  readonly message: string;
}

/** The only error class of the product. Adapters turn every error that they catch into it. */
export class RotationError extends Error {
  /** Whether the same call may succeed when it is made again. */
  readonly retryable: boolean;

  /**
   * @param message what happened, to which object, and what to do; never a password, verifier or URI.
   * @param options.retryable default: the type decides.
   */
  constructor(
    readonly type: FailureType,
    message: string,
    { retryable = isPassing(type) }: { readonly retryable?: boolean } = {},
  ) {
    super(message);
    this.name = 'RotationError';
    this.retryable = retryable;
  }

  /**
   * Turns anything thrown into the product's error, also where Temporal carried or wrapped it. Any other error
   * is a defect of ours or of a library.
   * @param say the message of a defect. Default: its kind and place only, since its own message might quote a secret.
   */
  static from(thrown: unknown, say: (defect: unknown) => string = describeDefect): RotationError {
    if (thrown instanceof RotationError) return thrown;
    for (let one = thrown; one instanceof Error; one = one.cause) {
      // Matches the name: workflows, client and activities use this file, and they import different packages.
      if (one.name !== 'ApplicationFailure') continue;
      return new RotationError('type' in one && isFailureType(one.type) ? one.type : 'Unexpected', one.message);
    }
    return new RotationError('Unexpected', say(thrown));
  }

  /** The part that may stand in a report. */
  get reason(): Cause {
    return { type: this.type, message: this.message };
  }
}

/** The result of a look, or `otherwise` of the product's error. Any other error is a defect and is thrown. */
export async function orElse<T, Otherwise>(
  look: Promise<T>,
  otherwise: (error: RotationError) => Otherwise,
): Promise<T | Otherwise> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof RotationError) return otherwise(error);
    throw error;
  }
}

/** Somebody wrote between our read and our write; the retry reads again. */
export function changedMeanwhile(kind: string, namespace: string, name: string): RotationError {
  return new RotationError('Conflict', `${objectName(kind, namespace, name)} changed while it was being written.`);
}

/** Failures of a step whose time was over. On the way back such a step has more time. */
const OUT_OF_TIME: ReadonlySet<FailureType> = new Set([
  'PasswordNotGenerated',
  'NewPasswordRefused',
  'OldPasswordAccepted',
  'PasswordRefused',
  'RolloutIncomplete',
  'RoleNotMade',
  'FluxSuspended',
  'FluxFailing',
] as const);

/** Whether the way back takes a step again that failed so: with time, or with a person's help, it may succeed. */
export function isRetriedOnTheWayBack(type: FailureType): boolean {
  return isPassing(type) || OUT_OF_TIME.has(type);
}

/** Whether the same call may succeed when it is made again. */
export function isPassing(type: FailureType): boolean {
  return Object.hasOwn(PASSING_FAILURES, type);
}

function isFailureType(type: unknown): type is FailureType {
  if (typeof type !== 'string') return false;
  return [REQUEST_FAILURES, STEP_FAILURES, PASSING_FAILURES].some((all) => type in all) || RULE_NAME.test(type);
}

/** The text of anything thrown, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function describeDefect(defect: unknown): string {
  const [kind, stack = ''] = defect instanceof Error ? [defect.name, defect.stack] : [typeof defect];
  const place = stack.split('\n').find((line) => line.trimStart().startsWith('at '));
  return `Unexpected ${kind}${place === undefined ? '' : ` ${place.trim()}`}. This is a defect of cnpg-rotator: please report it with this line.`;
}
