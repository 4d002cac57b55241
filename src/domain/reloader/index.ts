export type { Labels } from './label-selector.ts';
export {
  afterLiftedPause,
  decidePause,
  reloaderPauseOf,
  type PausedDeployment,
  type PauseStep,
  type ReloaderPause,
} from './pause.ts';
export { readReloader, type ReloaderDeployment, type ReloaderProgram } from './program.ts';
export type { Annotations, ReloadedWorkload, WatchedSecret } from './reaction.ts';
export {
  ANNOTATIONS_ALONE,
  judgeReloaders,
  reloaderStarts,
  type ReloaderVerdict,
  type ReloaderView,
} from './verdict.ts';
