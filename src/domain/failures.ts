/**
 * Every way in which a rotation can end badly for a reason that somebody can act on. The type is
 * what a caller matches on (it is the failure type in Temporal); the message is for a person and
 * says what happened, to which object, and what to do.
 */
export const FAILURE_TYPES = [
  'InvalidInput',
  'InvalidConfiguration',
  'ComponentUnknown',
  'ClusterAbsent',
  'ClusterNotReady',
  'ClusterFenced',
  'ClusterHibernated',
  'ReplicaCluster',
  'ReconciliationDisabled',
  'RoleNotManaged',
  'RoleDeclaredTwice',
  'RoleCannotLogin',
  'RoleExpired',
  'RoleNotMember',
  'RoleActsAsItself',
  'RoleInUse',
  'OwnerAbsent',
  'SecretAbsent',
  'SecretIncomplete',
  'SecretImmutable',
  'SecretManagedByFlux',
  'SecretOwnedByAnother',
  'LastAppliedHoldsPassword',
  'SecretTypeUnusual',
  'SecretsConflict',
  'SecretsNotFound',
  'SecretUnclear',
  'SecretStale',
  'SecretsNotSearched',
  'PasswordShared',
  'PasswordUnknown',
  'PasswordWeak',
  'OtherSecretBroken',
  'UsernameMismatch',
  'PasswordRefused',
  'AnyPasswordAccepted',
  'DatabaseAbsent',
  'WorkloadsAbsent',
  'WorkloadRecreates',
  'RolloutHeldBack',
  'ReadinessProbeAbsent',
  'SingleReplica',
  'PodsStale',
  'ReloaderAbsent',
  'ReloaderAnnotationMisplaced',
  'OperatorDown',
  'CnpgOutdated',
  'BackupAbsent',
  'ClusterManagedByFlux',
  'ClusterDeployedByAnother',
  'RoleNamesUnfit',
  'RoleTaken',
  'RoleSecretTaken',
  'RoleOfSeveralDatabases',
  'RolePrivileged',
  'RoleNotMade',
  'ExtensionLogsIn',
  'PoolerKnowsUsers',
  'HbaKnowsUsers',
  'SessionUserUsed',
  'DatabaseUnread',
  'NotAdopted',
  'AnotherRotation',
  'SecretNotManagedByFlux',
  'SecretNotInGit',
  'SecretInPlaintext',
  'GitUnreachable',
  'GitForbidden',
  'GitBranchAbsent',
  'GitDisagrees',
  'GitPushRefused',
  'GitFailed',
  'SopsKeyRefused',
  'SopsMacMismatch',
  'SopsFailed',
  'RenderFailed',
  'ChangeTouchesOthers',
  'ToolAbsent',
  'FluxSuspended',
  'FluxFailing',
  'FluxFollowsAnother',
  'StagingLost',
  'SecretChanged',
  'PasswordNotApplied',
  'EmergencyFailed',
  'RolloutIncomplete',
  'NewPasswordRefused',
  'OldPasswordAccepted',
  'DatabaseUnreachable',
  'KubernetesUnavailable',
  'KubernetesForbidden',
  'KubernetesRejected',
  'RightsMissing',
  'ClocksDisagree',
  'AnotherKubernetes',
  'KubeconfigAbsent',
  'TemporalUnreachable',
  'NoRotation',
  'NotWaiting',
  'ApprovalTimedOut',
  'Aborted',
  'Cancelled',
  'NeedsAttention',
  'BatchIncomplete',
  'Unexpected',
] as const;

export type FailureType = (typeof FAILURE_TYPES)[number];

/** Failures of the moment: the same call may succeed when it is made again. Everything else is final. */
const PASSING: ReadonlySet<FailureType> = new Set([
  // Another worker may be of the right cluster.
  'AnotherKubernetes',
  'DatabaseUnreachable',
  'EmergencyFailed',
  'KubernetesUnavailable',
  'GitUnreachable',
  'Unexpected',
]);

/** The one error class of the product; adapters turn what they catch into it. */
export class RotationError extends Error {
  readonly type: FailureType;

  /** @param message what happened, to which object, and what to do; never a password, verifier or URI. */
  constructor(type: FailureType, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'RotationError';
    this.type = type;
  }

  get retryable(): boolean {
    return isPassing(this.type);
  }
}

/** Whether the same call may succeed when it is made again. */
export function isPassing(type: FailureType): boolean {
  return PASSING.has(type);
}

/** The text of anything thrown, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why something failed: what enters a report. */
export interface Cause {
  readonly type: FailureType;
  readonly message: string;
}
