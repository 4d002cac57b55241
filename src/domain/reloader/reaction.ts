import { goDurationSeconds } from './duration.ts';
import { isTrue } from './flags.ts';
import { meetsSelector, type Labels } from './label-selector.ts';
import type { AnnotationNames, ReloaderProgram } from './program.ts';

/*
 * Whether a Reloader reacts to a change of a Secret, as `ShouldReload` of Reloader v1.4 decides it. The text is about
 * workloads whose pods read the Secret by reference.
 */

export type Annotations = Readonly<Record<string, string>>;

/** A workload as Reloader reads it. */
export interface ReloadedWorkload {
  /** `Deployment`, `CronJob`, `Rollout`, … */
  readonly kind: string;
  readonly namespace: string;
  readonly annotations: Annotations;
  /** Reloader reads these where the workload has no annotation of its own. */
  readonly templateAnnotations: Annotations;
}

export interface WatchedSecret {
  readonly name: string;
  readonly annotations: Annotations;
  readonly labels: Labels;
}

export type Reaction =
  | { readonly kind: 'reacts' }
  /** Nothing asks Reloader to react. */
  | { readonly kind: 'not asked' }
  /** An annotation tells Reloader not to react. */
  | { readonly kind: 'told not to'; readonly because: string }
  /** The annotations ask for it, and Reloader does not do it. */
  | { readonly kind: 'does not'; readonly because: string };

const REACTS: Reaction = { kind: 'reacts' };

/** @param namespaceLabels undefined where they are not known: a selector of namespaces then keeps no Reloader away. */
export function reactionOf(
  reloader: ReloaderProgram,
  workload: ReloadedWorkload,
  secret: WatchedSecret,
  namespaceLabels: Labels | undefined,
): Reaction {
  const wish = wishOf(reloader, workload, secret);
  if (wish.kind !== 'reacts') return wish;
  const because = obstacleOf(reloader, workload, secret, namespaceLabels);
  return because === undefined ? REACTS : { kind: 'does not', because };
}

/** What the annotations ask of this Reloader. */
function wishOf(reloader: ReloaderProgram, workload: ReloadedWorkload, secret: WatchedSecret): Reaction {
  const { names, autoReloadAll } = reloader;
  if (secret.annotations[names.ignore] === 'true' && knowsIgnore(reloader))
    return { kind: 'told not to', because: `Secret ${secret.name} has the annotation ${names.ignore}` };
  if (namesSecret(workload.annotations[names.exclude], secret.name))
    return { kind: 'told not to', because: `its annotation ${names.exclude} names Secret ${secret.name}` };
  const annotations = ownOrTemplates(names, workload);
  const auto = annotations[names.auto] ?? '';
  const secretAuto = annotations[names.secretAuto] ?? '';
  if (isTrue(auto) || isTrue(secretAuto)) return REACTS;
  if (matchesList(annotations[names.secretList] ?? '', secret.name)) return REACTS;
  if (annotations[names.search] === 'true' && secret.annotations[names.match] === 'true') return REACTS;
  if (!autoReloadAll) return { kind: 'not asked' };
  if (auto === '' && secretAuto === '') return REACTS;
  const name = auto === '' ? names.secretAuto : names.auto;
  return { kind: 'told not to', because: `its annotation ${name} is "${annotations[name] ?? ''}"` };
}

/** Why this Reloader does not do what the annotations ask. */
function obstacleOf(
  reloader: ReloaderProgram,
  { kind, namespace, annotations }: ReloadedWorkload,
  secret: WatchedSecret,
  namespaceLabels: Labels | undefined,
): string | undefined {
  const { namespaces, ignoredNamespaces, namespaceSelector, secretSelector, names } = reloader;
  if (reloader.onlyCallsWebhook) return 'its argument --webhook-url makes it call a webhook instead';
  if (reloader.ignoresSecrets) return 'its argument is --resources-to-ignore=secrets';
  if (namespaces !== undefined && !namespaces.includes(namespace)) return `it watches ${namespaces.join(', ')} only`;
  if (ignoredNamespaces.includes(namespace)) return `its argument --namespaces-to-ignore names ${namespace}`;
  if (namespaceLabels !== undefined && !meetsSelector(namespaceSelector, namespaceLabels))
    return `its argument is --namespace-selector=${namespaceSelector}`;
  if (!meetsSelector(secretSelector, secret.labels))
    return `its argument is --resource-label-selector=${secretSelector}, and Secret ${secret.name} has no such label`;
  if (reloader.ignoredWorkloads.includes(`${kind.toLowerCase()}s`))
    return `its argument --ignored-workload-types names ${kind.toLowerCase()}s`;
  if (kind === 'Rollout' && !reloader.rollsArgoRollouts) return 'it has no argument --is-Argo-Rollouts=true';
  if (!RELOADED_KINDS.has(kind)) return `it restarts no ${kind}`;
  const period = annotations[names.pausePeriod];
  // Reloader then gives the whole reload up.
  if (kind === 'Deployment' && period !== undefined && knowsPause(reloader) && goDurationSeconds(period) === undefined)
    return `its annotation ${names.pausePeriod} is no duration`;
  return undefined;
}

const RELOADED_KINDS: ReadonlySet<string> = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Rollout',
  'CronJob',
  'Job',
]);

/** For so many seconds Reloader pauses a Deployment when it marks its pod template; undefined where it does not. */
export function pauseSeconds(reloader: ReloaderProgram, { kind, annotations }: ReloadedWorkload): number | undefined {
  const period = annotations[reloader.names.pausePeriod];
  if (kind !== 'Deployment' || period === undefined || !knowsPause(reloader)) return undefined;
  return goDurationSeconds(period);
}

/** Reloader reads the pod template's annotations only when the workload has none of these four. */
function ownOrTemplates(names: AnnotationNames, workload: ReloadedWorkload): Annotations {
  return asks(names, workload.annotations) ? workload.annotations : workload.templateAnnotations;
}

/** Whether the pod template has an annotation for Reloader, and the workload has none. */
export function annotatedOnTemplateOnly(
  { names }: ReloaderProgram,
  { annotations, templateAnnotations }: Pick<ReloadedWorkload, 'annotations' | 'templateAnnotations'>,
): boolean {
  return !asks(names, annotations) && asks(names, templateAnnotations);
}

function asks({ auto, secretAuto, secretList, search }: AnnotationNames, annotations: Annotations): boolean {
  return [auto, secretAuto, secretList, search].some((name) => name in annotations);
}

/** v1.4.6 brought the annotation, and v1.4.9 lost it. Where the version is unknown, the annotation is believed. */
function knowsIgnore({ version }: ReloaderProgram): boolean {
  if (version === undefined) return true;
  return isAtLeast(version, [1, 4, 6]) && version.join('.') !== '1.4.9';
}

function knowsPause({ version }: ReloaderProgram): boolean {
  return version === undefined || isAtLeast(version, [1, 4, 0]);
}

function isAtLeast(version: readonly number[], least: readonly number[]): boolean {
  const differs = least.findIndex((part, index) => part !== version[index]);
  return differs < 0 || (version[differs] ?? 0) > (least[differs] ?? 0);
}

function namesSecret(list: string | undefined, secret: string): boolean {
  return list?.split(',').some((name) => name.trim() === secret) === true;
}

/** A list of regular expressions. Reloader puts `^` and `$` around each. */
function matchesList(list: string, secret: string): boolean {
  return list.split(',').some((pattern) => {
    try {
      return new RegExp(`^${pattern.trim()}$`).test(secret);
    } catch {
      return false;
    }
  });
}
