import type { Component } from './component.ts';

/*
 * Everything that the product leaves on objects of others, and the names of the product's own objects. docs/operating.md
 * has the same list. An adoption also changes the Cluster's `managed.roles` and `spec.bootstrap`'s Secret, or the owner's
 * DatabaseRole, until the adoption is undone.
 *
 *   object                          what the product leaves there
 *   Secrets that a rotation writes  annotations last-change and last-change-at, except through Git
 *   Secrets that it leaves alone    annotation fenced, on the way back and where a lock is taken over
 *   workloads that it restarts      annotation restarted-for-<component> on the pod template, and kubectl's own
 *                                   kubectl.kubernetes.io/restartedAt; of a Rollout its own field spec.restartAt alone
 *   Deployments that Reloader pauses  annotation pause-lifted, until the rollout is done
 *   the Cluster, when CNPG is slow  annotation cnpg.io/reloadedAt, which is CNPG's own; also on a DatabaseRole
 *   a DatabaseRole that generates   annotation cnpg.io/rotatePassword, which is CNPG's own, until CNPG takes it away;
 *                                   annotation fenced, where a request was withdrawn
 *   Flux's objects, through Git     annotation reconcile.fluxcd.io/requestedAt, which is Flux's own
 *   <secret>-rotation               the staging Secret: labels, annotations and both credentials, until the rotation ends well
 *   Secrets of an adoption          labels managed-by, component and cnpg.io/reload; annotation adoption; on the owner's
 *                                   Secret the annotation before; until the adoption is undone
 *   DatabaseRoles of an adoption    labels managed-by and component, until the adoption is undone
 *   Events of the main Secret       the component cnpg-rotator
 *
 * Every write has the field manager `cnpg-rotator`, except for the annotation fenced: its manager `cnpg-rotator-fence`
 * owns no data, so the time of the data's last change stays as it is.
 */

/** The product's name as a field manager, as the source of Events, as `application_name` and as a value of labels. */
export const PRODUCT = 'cnpg-rotator';

/** The field manager of a write that changes nothing but a Secret's version. */
export const FENCE_MANAGER = `${PRODUCT}-fence`;

const PREFIX = 'cnpg-rotator.io/';

/**
 * On each Secret that a rotation writes: `<rotation>.pending` or `<rotation>.previous`. `<rotation>.replayed` where the
 * rotation finished what an interrupted rotation had begun.
 */
export const LAST_CHANGE = `${PREFIX}last-change`;
/** When a rotation last changed the Secret, RFC 3339. */
export const LAST_CHANGE_AT = `${PREFIX}last-change-at`;

/** On a Secret that a rotation left as it was: the rotation. No late write that was decided before can land. */
export const FENCED = `${PREFIX}fenced`;

/** Label of every object that the product makes. */
export const MANAGED_BY = 'app.kubernetes.io/managed-by';

/** Label of the staging Secret: the rotation's id. */
export const ROTATION_LABEL = `${PREFIX}rotation`;
/** On a staging Secret that is kept because nobody knows which credential is valid. */
export const NEEDS_ATTENTION = `${PREFIX}needs-attention`;
/** On the staging Secret: the names of the Secrets that it keeps, as JSON. */
export const STAGED_SECRETS = `${PREFIX}secrets`;
/** On the staging Secret: which role hands over to which, as JSON; absent in place. */
export const TURN = `${PREFIX}turn`;
/** On the staging Secret, before the login roles are taken away: the turn is over. */
export const HANDED_OVER = `${PREFIX}handed-over`;
/** On the staging Secret: the workflow that holds the component's lock. */
export const OWNER_WORKFLOW = `${PREFIX}owner-workflow-id`;
export const OWNER_RUN = `${PREFIX}owner-run-id`;
/** On the staging Secret: the Temporal cluster and namespace of that workflow. */
export const OWNER_TEMPORAL = `${PREFIX}owner-temporal`;
/** On the staging Secret, set on the way back before anything else: a late attempt of the way there writes nothing. */
export const GOING_BACK = `${PREFIX}going-back`;
/** On a staging Secret that was taken over: the rotation whose record it still holds, while that has to be replayed. */
export const REPLAYING = `${PREFIX}replaying`;
/** The same, when the record is replayed. The rotation that took over then replaces the record by its own. */
export const REPLAYED = `${PREFIX}replayed`;
/** On the staging Secret, set before the first push: the branch may hold a commit of the rotation. */
export const PUSHED = `${PREFIX}pushed`;
/** On the staging Secret, set on the way back: a live Secret held the new value. */
export const WAS_LIVE = `${PREFIX}was-live`;
/** On the staging Secret, set before CNPG is asked to generate another password: when, RFC 3339. */
export const ASKED = `${PREFIX}asked`;

/** Label of a login role's Secret: the component's name. */
export const COMPONENT_LABEL = `${PREFIX}component`;
/** On a login role's Secret: the adoption that made the Secret. */
export const ADOPTION = `${PREFIX}adoption`;
/** On the owner's Secret: what the Cluster declared before the adoption, as JSON. */
export const BEFORE_ADOPTION = `${PREFIX}before`;

/** On pod templates: which rotation restarted the pods of a component. */
export const RESTARTED_FOR = `${PREFIX}restarted-for-`;

/** On a Deployment: which restart lifted Reloader's pause. */
export const PAUSE_LIFTED = `${PREFIX}pause-lifted`;

/** The annotation of a dry run that tests whether CNPG's operator answers. */
export const PROBE = `${PREFIX}probe`;

export const STAGING_ENDING = '-rotation';

/** The staging Secret is a rotation's write-ahead log and lock, next to the live Secret. */
export function stagingSecretName(component: Component): string {
  return `${component.secret}${STAGING_ENDING}`;
}
