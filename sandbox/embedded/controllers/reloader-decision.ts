import { labelTest } from '../api/selectors.ts';
import { boolFlag, flag, listFlag, parseBool, type ReloaderOptions } from './reloader-options.ts';

/* Reloader's own decisions, after `ShouldReload`, `startReloader` and `upgradeResource` of its v1.4. */

type Annotations = Readonly<Record<string, string>>;

/** What Reloader knows of a Secret that changed. */
export interface ChangedSecret {
  readonly name: string;
  readonly namespace: string;
  readonly annotations: Annotations;
  readonly labels: Annotations;
  readonly namespaceLabels: Annotations;
}

export interface Candidate {
  /** `Deployment`, `CronJob`, … */
  readonly kind: string;
  readonly annotations: Annotations;
  readonly podAnnotations: Annotations;
}

/** `auto`: only where the pods refer to the Secret; `named`: also where they do not. */
export type Decision = 'auto' | 'named' | 'no';

/** Whether this Reloader hears of the Secret at all. */
export function watches(options: ReloaderOptions, secret: ChangedSecret): boolean {
  if (flag(options, 'webhook-url') !== '') return false;
  if (listFlag(options, 'resources-to-ignore').includes('secrets')) return false;
  if (options.onlyNamespace !== '' && options.onlyNamespace !== secret.namespace) return false;
  if (listFlag(options, 'namespaces-to-ignore').includes(secret.namespace)) return false;
  const selector = (name: string): string =>
    listFlag(options, name)
      .map((part) => part.replace(':', '=').replace(/=\*$/, ''))
      .join(',');
  if (options.onlyNamespace === '' && !matches(selector('namespace-selector'), secret.namespaceLabels)) return false;
  return matches(selector('resource-label-selector'), secret.labels);
}

function matches(selector: string, labels: Annotations): boolean {
  return labelTest(selector)({ metadata: { labels } });
}

export function shouldReload(options: ReloaderOptions, secret: ChangedSecret, candidate: Candidate): Decision {
  const { kind } = candidate;
  const key = (name: string, usual: string): string => flag(options, name, usual);
  const typeName = { Job: 'jobs', CronJob: 'cronjobs' }[kind] ?? kind;
  if (listFlag(options, 'ignored-workload-types').includes(typeName)) return 'no';
  if (kind === 'Rollout' && !boolFlag(options, 'is-Argo-Rollouts')) return 'no';
  if (knowsIgnore(options) && secret.annotations[key('ignore-annotation', 'reloader.stakater.com/ignore')] === 'true')
    return 'no';
  const [list, auto, secretAuto, search] = [
    key('secret-annotation', 'secret.reloader.stakater.com/reload'),
    key('auto-annotation', 'reloader.stakater.com/auto'),
    key('secret-auto-annotation', 'secret.reloader.stakater.com/auto'),
    key('auto-search-annotation', 'reloader.stakater.com/search'),
  ];
  const excluded = candidate.annotations['secrets.exclude.reloader.stakater.com/reload'] ?? '';
  const found = [list, auto, secretAuto, search].some((name) => candidate.annotations[name] !== undefined);
  const annotations = found ? candidate.annotations : candidate.podAnnotations;
  if (excluded.split(',').some((name) => name.trim() === secret.name)) return 'no';
  const [autoValue = '', secretAutoValue = ''] = [annotations[auto], annotations[secretAuto]];
  if (parseBool(autoValue) || parseBool(secretAutoValue)) return 'auto';
  if (autoValue === '' && secretAutoValue === '' && boolFlag(options, 'auto-reload-all')) return 'auto';
  if ((annotations[list] ?? '').split(',').some((pattern) => names(pattern.trim(), secret.name))) return 'named';
  const match = key('search-match-annotation', 'reloader.stakater.com/match');
  return annotations[search] === 'true' && secret.annotations[match] === 'true' ? 'auto' : 'no';
}

function names(pattern: string, name: string): boolean {
  try {
    return pattern !== '' && new RegExp(`^${pattern}$`).test(name);
  } catch {
    return false;
  }
}

function knowsIgnore({ version }: ReloaderOptions): boolean {
  return isAtLeast(version, [1, 4, 6]) && version !== 'v1.4.9';
}

/** The annotations of a pause, and whether this Reloader knows pauses. */
export function pauseOf(options: ReloaderOptions, annotations: Annotations) {
  const period =
    annotations[flag(options, 'pause-deployment-annotation', 'deployment.reloader.stakater.com/pause-period')];
  const pausedAt = flag(options, 'pause-deployment-time-annotation', 'deployment.reloader.stakater.com/paused-at');
  if (period === undefined || !isAtLeast(options.version, [1, 4, 0])) return undefined;
  return { pausedAt, ms: parseDuration(period) };
}

/** Milliseconds of a Go duration; undefined where it is none, or not positive. */
function parseDuration(text: string): number | undefined {
  if (!/^((\d+(\.\d*)?|\.\d+)(ms|s|m|h))+$/.test(text)) return undefined;
  const unit: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  const ms = [...text.matchAll(/([\d.]+)(ms|s|m|h)/g)].reduce(
    (sum, [, amount, name = '']) => sum + Number(amount) * (unit[name] ?? 0),
    0,
  );
  return ms > 0 ? ms : undefined;
}

/** No version is the newest one. */
function isAtLeast(version: string, least: readonly number[]): boolean {
  if (version === '') return true;
  const parts = version.slice(1).split('.').map(Number);
  const differs = least.findIndex((part, index) => part !== parts[index]);
  return differs < 0 || (parts[differs] ?? 0) > (least[differs] ?? 0);
}
