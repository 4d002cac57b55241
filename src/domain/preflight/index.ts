import * as client from './client-rules.ts';
import * as cluster from './cluster-rules.ts';
import type { PreflightFacts } from './facts.ts';
import type { RuleName } from '../failures.ts';
import type { Rule } from './rule.ts';
import { blockingFirst, blocks, judgeBy, type Finding } from '../finding.ts';
import * as consumer from './consumer-rules.ts';
import * as generated from './generated-rules.ts';
import * as gitops from './gitops-rules.ts';
import * as owner from './owner-rules.ts';
import * as ownership from './ownership-rules.ts';
import * as pooler from './pooler-rules.ts';
import * as plan from './plan-rules.ts';
import * as rehearsal from './rehearsal-rules.ts';
import * as reloader from './reloader-rules.ts';
import * as role from './role-rules.ts';
import * as secret from './secret-rules.ts';
import * as turn from './turn-rules.ts';
import * as user from './user-rules.ts';
import * as workload from './workload-rules.ts';
import * as world from './world-rules.ts';

export type * from './facts.ts';
export { deletesPods, timeOfRestarts, toReader } from './readers.ts';
export { adoptionRights } from './adoption-rights.ts';
export { describeRights, neededRights, type Right } from './rights.ts';
export { hasPasswordFixes, parseCnpgVersion } from './cnpg-version.ts';
export { publishSeconds } from './gitops-rules.ts';
export { namelessAmong, refuseNameless } from './turn-rules.ts';

/** In the order in which a person would look: the report names the first blocking finding as the cause. */
const RULES = {
  'rights-are-granted': rehearsal.rightsAreGranted,
  'kubernetes-is-known': rehearsal.kubernetesIsKnown,
  'cluster-exists': cluster.clusterExists,
  'cluster-is-not-a-replica': cluster.clusterIsNotAReplica,
  'cluster-keeps-the-adoption': turn.clusterKeepsTheAdoption,
  'catalogue-knows-the-strategy': turn.catalogueKnowsTheStrategy,
  'role-takes-a-password': generated.roleTakesAPassword,
  'role-is-managed': role.roleIsManaged,
  'role-is-declared-once': role.roleIsDeclaredOnce,
  'role-may-log-in': role.roleMayLogIn,
  'role-is-valid': role.roleIsValid,
  'roles-that-take-turns-are-not-generated': generated.rolesThatTakeTurnsAreNotGenerated,
  'generated-password-is-not-in-git': generated.generatedPasswordIsNotInGit,
  'cluster-is-not-hibernated': cluster.clusterIsNotHibernated,
  'primary-is-not-fenced': cluster.primaryIsNotFenced,
  'cluster-is-healthy': cluster.clusterIsHealthy,
  'primary-is-settled': cluster.primaryIsSettled,
  'secret-exists': secret.secretExists,
  'secret-is-complete': secret.secretIsComplete,
  'username-matches': secret.usernameMatches,
  'application-names-a-login-role': turn.applicationNamesALoginRole,
  'login-roles-have-secrets': turn.loginRolesHaveSecrets,
  'login-roles-are-members': turn.loginRolesAreMembers,
  'login-roles-act-as-the-owner': turn.loginRolesActAsTheOwner,
  'login-roles-are-alike': turn.loginRolesAreAlike,
  'login-roles-are-looked-at': ownership.loginRolesAreLookedAt,
  'sessions-keep-the-owner': ownership.sessionsKeepTheOwner,
  'login-roles-own-nothing': ownership.loginRolesOwnNothing,
  'nothing-names-a-login-role': ownership.nothingNamesALoginRole,
  'password-is-known': plan.passwordIsKnown,
  'generated-secret-has-no-other-keys': generated.generatedSecretHasNoOtherKeys,
  'named-secrets-hold-the-password': secret.namedSecretsHoldThePassword,
  'places-are-clear': plan.placesAreClear,
  'secrets-name-the-user': turn.secretsNameTheUser,
  'secrets-may-be-changed': secret.secretsMayBeChanged,
  'secrets-are-ours': secret.secretsAreOurs,
  'secrets-have-no-other-owner': owner.secretsHaveNoOtherOwner,
  'flux-applies-the-secrets': gitops.fluxAppliesTheSecrets,
  'flux-is-there': gitops.fluxIsThere,
  'flux-is-not-suspended': gitops.fluxIsNotSuspended,
  'flux-follows-the-branch': gitops.fluxFollowsTheBranch,
  'git-holds-the-password': gitops.gitHoldsThePassword,
  'secrets-agree-on-the-role': role.secretsAgreeOnTheRole,
  'other-roles-stop-nothing': secret.otherRolesStopNothing,
  'workloads-can-roll-out': workload.workloadsCanRollOut,
  'named-pods-are-made-again': consumer.namedPodsAreMadeAgain,
  'nobody-holds-the-password-elsewhere': consumer.nobodyHoldsThePasswordElsewhere,
  'users-stand-in-the-secrets': user.usersStandInTheSecrets,
  'cnpg-can-generate': generated.cnpgCanGenerate,
  // The findings above remain when the reconciliation is switched on again.
  'cluster-is-reconciled': cluster.clusterIsReconciled,
  // The last blocking rules: a login may fail only because of a finding above.
  'database-is-there': rehearsal.databaseIsThere,
  'current-password-can-be-tried': rehearsal.currentPasswordCanBeTried,
  'wrong-password-is-refused': rehearsal.wrongPasswordIsRefused,
  'current-password-works': world.currentPasswordWorks,
  'poolers-let-the-application-in': pooler.poolersLetTheApplicationIn,
  'poolers-refuse-a-wrong-password': pooler.poolersRefuseAWrongPassword,
  'generated-password-has-no-way-back': generated.generatedPasswordHasNoWayBack,
  'password-does-not-end': generated.passwordDoesNotEnd,
  'clients-are-known': client.clientsAreKnown,
  'clients-behind-poolers-are-known': pooler.clientsBehindPoolersAreKnown,
  'role-is-no-superuser': world.roleIsNoSuperuser,
  'secrets-are-up-to-date': plan.secretsAreUpToDate,
  'password-is-not-shared': plan.passwordIsNotShared,
  'password-is-strong': plan.passwordIsStrong,
  'pods-are-newer-than-the-secret': workload.podsAreNewerThanTheSecret,
  'flux-works': gitops.fluxWorks,
  'operator-answers': world.operatorAnswers,
  'other-roles-are-fine': secret.otherRolesAreFine,
  'nobody-writes-the-secrets-again': owner.nobodyWritesTheSecretsAgain,
  'last-applied-holds-no-password': owner.lastAppliedHoldsNoPassword,
  'other-secrets-are-found': secret.otherSecretsAreFound,
  'secret-is-watched': secret.secretIsWatched,
  'login-secrets-are-watched': turn.loginSecretsAreWatched,
  'idle-role-is-idle': turn.idleRoleIsIdle,
  'secret-is-of-its-type': secret.secretIsOfItsType,
  'workloads-exist': workload.workloadsExist,
  'workloads-are-ready': workload.workloadsAreReady,
  'reloader-is-there': reloader.reloaderIsThere,
  'workloads-are-watched': reloader.workloadsAreWatched,
  'annotations-stand-on-the-workload': reloader.annotationsStandOnTheWorkload,
  'reloader-does-as-asked': reloader.reloaderDoesAsAsked,
  'reloader-reacts-to-each-secret': reloader.reloaderReactsToEachSecret,
  'reloaders-agree': reloader.reloadersAgree,
  'reloader-does-not-pause': reloader.reloaderDoesNotPause,
  'workloads-roll': workload.workloadsRoll,
  'workloads-tell-when-ready': workload.workloadsTellWhenReady,
  'workloads-have-a-second-pod': workload.workloadsHaveASecondPod,
  'jobs-are-over': consumer.jobsAreOver,
  'pods-are-restarted': consumer.podsAreRestarted,
  'texts-elsewhere-are-known': consumer.textsElsewhereAreKnown,
  'containers-take-the-user': user.containersTakeTheUser,
  'stopped-pods-take-the-user': user.stoppedPodsTakeTheUser,
  'user-lists-know-both-roles': user.userListsKnowBothRoles,
  'users-elsewhere-are-known': user.usersElsewhereAreKnown,
  'reloader-starts-no-cron-job': consumer.reloaderStartsNoCronJob,
  'known-consumers-are-left-behind': consumer.knownConsumersAreLeftBehind,
  'cnpg-hashes-passwords': world.cnpgHashesPasswords,
  'optional-rights-are-granted': rehearsal.optionalRightsAreGranted,
  'rights-are-known': rehearsal.rightsAreKnown,
  'clocks-agree': rehearsal.clocksAgree,
  'secrets-are-searched': rehearsal.secretsAreSearched,
  'backup-is-recent': world.backupIsRecent,
} as const satisfies Record<RuleName, Rule>;

export const RULE_NAMES = Object.keys(RULES);

/** The rules after these judge a role with which nobody logs in, and their mends would undo an adoption. */
const END_THE_LIST: ReadonlySet<RuleName> = new Set(['cluster-keeps-the-adoption', 'catalogue-knows-the-strategy']);

/**
 * Findings of the facts, the blocking ones first.
 * @param mended rules whose findings are mended by what is begun.
 */
export function judgePreflight(facts: PreflightFacts, mended: ReadonlySet<RuleName> = new Set()): readonly Finding[] {
  const findings = judgeBy(RULES, facts).filter(({ rule }) => !mended.has(rule));
  const last = findings.findIndex(({ rule }) => END_THE_LIST.has(rule));
  return blockingFirst(last === -1 ? findings : findings.slice(0, last + 1));
}

/** The finding that explains a failure: a blocking finding, else the finding that the password does not work. */
export function causeAmong(findings: readonly Finding[]): Finding | undefined {
  return findings.find(blocks) ?? findings.find(({ rule }) => rule === 'current-password-works');
}
