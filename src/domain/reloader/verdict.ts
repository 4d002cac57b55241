import type { Labels } from './label-selector.ts';
import { USUAL_RELOADER, type ReloaderProgram } from './program.ts';
import {
  annotatedOnTemplateOnly,
  pauseSeconds,
  reactionOf,
  type Reaction,
  type ReloadedWorkload,
  type WatchedSecret,
} from './reaction.ts';

/** The Reloaders of a cluster and what they look at, as far as the worker may see them. */
export interface ReloaderView {
  /** Unknown: a Reloader with the usual flags may be there. */
  readonly reloaders: readonly ReloaderProgram[] | 'unknown';
  /** By the Secret's name. An absent Secret counts as one without annotations and labels. */
  readonly secrets: ReadonlyMap<string, Omit<WatchedSecret, 'name'>>;
  /** Absent where they are not known. */
  readonly namespaceLabels?: Labels;
}

/** Nothing but the workloads' own annotations is known. */
export const ANNOTATIONS_ALONE: ReloaderView = { reloaders: 'unknown', secrets: new Map() };

/** What the cluster's Reloaders do with a workload when its Secrets change. */
export interface ReloaderVerdict {
  /** A Reloader reacts to each of the Secrets. */
  readonly watchedByReloader: boolean;
  /** The annotations ask Reloader to react, whether a Reloader is there or not. */
  readonly asksForReloader: boolean;
  /** Reloader's annotation stands on the pod template and not on the workload. */
  readonly annotatedOnTemplateOnly: boolean;
  /** Some Reloader reacts to these Secrets, and none to the others. */
  readonly reloadedOnlyFor?: readonly string[];
  /** Why a Reloader does not do what the annotations ask. */
  readonly reloaderDoesNot?: string;
  /** An annotation says that Reloader shall leave the workload alone. */
  readonly toldNotToReload?: true;
  /** Reloaders with different strategies react: each makes a rollout of its own. */
  readonly reloadedTwiceBy?: readonly string[];
  /** Reloader pauses the Deployment for so many seconds. */
  readonly pauseSeconds?: number;
}

export function judgeReloaders(
  view: ReloaderView,
  workload: ReloadedWorkload,
  secrets: readonly string[],
): ReloaderVerdict {
  const reloaders = view.reloaders === 'unknown' ? [USUAL_RELOADER] : view.reloaders;
  // Without a Reloader the annotations still say what their author wants.
  const readers = reloaders.length > 0 ? reloaders : [USUAL_RELOADER];
  const reactions = secrets.map((secret) => ({
    secret,
    each: reloaders.map((reloader) => ({ reloader, reaction: reactTo(view, reloader, workload, secret) })),
  }));
  const reloaded = reactions.filter(({ each }) => each.some(({ reaction }) => reaction.kind === 'reacts'));
  const acting = reloaders.filter((reloader) =>
    reactions.some(({ each }) => each.some((one) => one.reloader === reloader && one.reaction.kind === 'reacts')),
  );
  const watchedByReloader = secrets.length > 0 && reloaded.length === secrets.length;
  const idle = reactions.filter((one) => !reloaded.includes(one)).flatMap(({ each }) => each);
  // A Reloader of other namespaces explains nothing where another one is there.
  const isOfHere = ({ namespaces = [workload.namespace] }: ReloaderProgram) => namespaces.includes(workload.namespace);
  const refusals = idle.flatMap(({ reloader, reaction }) =>
    reaction.kind === 'does not' ? [{ reloader, because: `${reloader.name || 'Reloader'}: ${reaction.because}` }] : [],
  );
  const refusal = (refusals.find(({ reloader }) => isOfHere(reloader)) ?? refusals[0])?.because;
  const pause = Math.max(0, ...acting.flatMap((reloader) => pauseSeconds(reloader, workload) ?? []));
  return {
    watchedByReloader,
    asksForReloader: readers.some((reloader) =>
      secrets.every((secret) => {
        const { kind } = reactTo(view, reloader, workload, secret);
        return kind === 'reacts' || kind === 'does not';
      }),
    ),
    // Reloaders read the same annotations, unless their flags name others.
    annotatedOnTemplateOnly: readers.some((reloader) => annotatedOnTemplateOnly(reloader, workload)),
    ...(reloaded.length > 0 && !watchedByReloader && { reloadedOnlyFor: reloaded.map(({ secret }) => secret) }),
    ...(refusal !== undefined && { reloaderDoesNot: refusal }),
    ...(idle.some(({ reaction }) => reaction.kind === 'told not to') && { toldNotToReload: true }),
    ...(new Set(acting.map(({ strategy }) => strategy)).size > 1 && {
      reloadedTwiceBy: acting.map(({ name }) => name),
    }),
    ...(pause > 0 && { pauseSeconds: pause }),
  };
}

/**
 * Whether a change of the Secret makes some Reloader start a Job from the CronJob at once, or make a running Job anew:
 * Reloader v1.0 and later do so with annotated ones.
 */
export function reloaderStarts(view: ReloaderView, job: ReloadedWorkload, secret: string): boolean {
  const reloaders = view.reloaders === 'unknown' ? [USUAL_RELOADER] : view.reloaders;
  return reloaders.some((reloader) => reactTo(view, reloader, job, secret).kind === 'reacts');
}

function reactTo(view: ReloaderView, reloader: ReloaderProgram, workload: ReloadedWorkload, name: string): Reaction {
  const { annotations = {}, labels = {} } = view.secrets.get(name) ?? {};
  return reactionOf(reloader, workload, { name, annotations, labels }, view.namespaceLabels);
}
