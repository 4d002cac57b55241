import { objectName, type Component, type ConsumerRef } from '../component.ts';
import { endsByItself, isSameConsumer, waitForJobsSeconds, type Consumer } from '../consumers/consumer.ts';
import type { Literal } from '../consumers/literals.ts';
import { blocking, warning } from '../finding.ts';
import { secretName, type Rule } from './rule.ts';

/* Rules about those who use the password and are no workload that a rotation restarts. */

/** How many pods of a consumer a message names. */
const PODS_NAMED = 3;

/** A pod that certainly logs in with the text is certainly refused after the rotation. */
export const nobodyHoldsThePasswordElsewhere: Rule = ({ component, literals }) => {
  const left = literals.filter(({ evidence, used, accepted }) => evidence && used && !accepted);
  const [first] = left;
  if (first === undefined) return undefined;
  return blocking(
    `The password stands as a text outside of the Secrets: ${places(left)}. No rotation changes a manifest, so these would be refused afterwards.`,
    `Let it read ${secretName(component)} instead (valueFrom.secretKeyRef), or name it under leftBehind of "${component.name}" in the catalogue (${quoted(component, first.holder)}) where it may be refused.`,
  );
};

/** Where nobody makes a pod again, deleting it would end the application. */
export const namedPodsAreMadeAgain: Rule = ({ component, consumers }) => {
  const refused = (component.restartPods ?? []).filter(
    (ref) => !consumers.some((one) => one.treatment === 'restarted' && isSameConsumer(one, ref)),
  );
  if (refused.length === 0) return undefined;
  const why = ({ kind }: ConsumerRef) =>
    kind === 'Pod'
      ? 'a bare pod is never deleted, because nobody would make it again'
      : `no pod of it reads ${secretName(component)} or a Secret that changes with it, so nothing shows that it makes pods again`;
  return blocking(
    `The catalogue has pods restarted that cannot be: ${refused.map((ref) => `${nameOf(ref)} (${why(ref)})`).join('; ')}.`,
    `Take ${refused.length === 1 ? 'it' : 'them'} out of restartPods of "${component.name}" in the catalogue, and restart by hand what reads the Secret.`,
  );
};

export const textsElsewhereAreKnown: Rule = ({ component, literals }) => {
  const unclear = literals.filter(({ evidence, used, accepted }) => !accepted && !(evidence && used));
  const [first] = unclear;
  if (first === undefined) return undefined;
  return warning(
    `The text of the password stands outside of the Secrets, where the rotation does not change it: ${places(unclear)}.`,
    `Take it out of what logs in as "${component.role}". Name the others under leftBehind of "${component.name}" in the catalogue, such as ${quoted(component, first.holder)}.`,
  );
};

export const jobsAreOver: Rule = ({ component, consumers }) => {
  const running = consumers.filter((one) => endsByItself(one) && one.accepted !== true);
  if (running.length === 0) return undefined;
  const seconds = waitForJobsSeconds(component);
  const waits =
    seconds === 0
      ? 'The rotation does not wait for them'
      : `The rotation waits for them, at most ${seconds} s, and then goes on`;
  return warning(
    `Jobs run that read ${secretName(component)}: ${named(running)}. ${waits}: a pod that still runs is refused at its next login.`,
    `Rotate when they have ended, or set waitForJobsSeconds of "${component.name}" in the catalogue to as long as they take.`,
  );
};

export const reloaderStartsNoCronJob: Rule = ({ startedByReloader }) => {
  const [first] = startedByReloader;
  if (first === undefined) return undefined;
  return warning(
    `Reloader starts these as soon as the Secret changes: ${startedByReloader.map(nameOf).join(', ')}.`,
    `Where they may run only by their schedule, take Reloader's annotation away: kubectl -n ${first.namespace} annotate ${first.kind.toLowerCase()} ${first.name} reloader.stakater.com/auto-`,
  );
};

export const podsAreRestarted: Rule = ({ component, consumers }) => {
  const told = consumers.filter((one) => one.treatment === 'told' && !endsByItself(one) && one.accepted !== true);
  const [first] = told;
  if (first === undefined) return undefined;
  return warning(
    `The rotation does not restart these, which read ${secretName(component)}: ${named(told)}. They are refused at their next login after the rotation.`,
    `Restart them after the rotation, or let the rotation do it where an owner makes them again (restartPods of "${component.name}" in the catalogue). Where it is known and accepted that they keep the old password, name them under leftBehind, such as ${quoted(component, first)}.`,
  );
};

export const knownConsumersAreLeftBehind: Rule = ({ consumers, literals }) => {
  const texts = literals.filter(({ accepted, evidence }) => accepted && evidence);
  const pods = consumers.filter(({ accepted }) => accepted === true);
  if (texts.length + pods.length === 0) return undefined;
  const all = [...(texts.length === 0 ? [] : [places(texts)]), ...(pods.length === 0 ? [] : [named(pods)])];
  return warning(
    `The catalogue knows that these keep the old password: ${all.join('; ')}.`,
    'Change them by hand after the rotation, and take them out of leftBehind when they read a Secret.',
  );
};

/** `Deployment apps/worker, container worker, env DATABASE_URL (it logs in as the role at the Cluster)`. */
function places(literals: readonly Literal[]): string {
  return literals.map(({ holder, where, why }) => `${nameOf(holder)}, ${where} (${why})`).join('; ');
}

/** `Workflow apps/etl (pod etl-1)`; a bare pod says that nobody makes it again. */
function named(consumers: readonly Consumer[]): string {
  return consumers.map((one) => `${nameOf(one)} (${podsOf(one)})`).join(', ');
}

function podsOf({ kind, pods }: Consumer): string {
  if (kind === 'Pod') return 'a bare pod, which nobody makes again';
  const more = pods.length - PODS_NAMED;
  const first = pods.slice(0, PODS_NAMED).join(', ');
  return `${pods.length === 1 ? 'pod' : 'pods'} ${first}${more > 0 ? ` and ${more} more` : ''}`;
}

function nameOf({ kind, namespace, name }: ConsumerRef): string {
  return objectName(kind, namespace, name);
}

/** As `leftBehind` names it: `"Deployment/worker"`, or `"apps/Deployment/worker"` in another namespace. */
function quoted(component: Component, { kind, namespace, name }: ConsumerRef): string {
  return namespace === component.namespace ? `"${kind}/${name}"` : `"${namespace}/${kind}/${name}"`;
}
