export type { Labels } from './label-selector.ts';
export { readReloader, type ReloaderDeployment, type ReloaderProgram } from './program.ts';
export type { Annotations, ReloadedWorkload, WatchedSecret } from './reaction.ts';
export {
  ANNOTATIONS_ALONE,
  judgeReloaders,
  reloaderStarts,
  reloaderStartsCronJob,
  type ReloaderVerdict,
  type ReloaderView,
} from './verdict.ts';
