import { COMPONENT_NAMES, parseComponents, type ComponentName } from '../real/index.ts';

export const CLUSTERS = ['embedded', 'real'] as const;
export type ClusterChoice = (typeof CLUSTERS)[number];

/** What the command line says. */
export interface DemoOptions {
  readonly cluster: ClusterChoice;
  readonly components: readonly ComponentName[];
  readonly concurrency: number;
  readonly report?: string;
  /** Stay up after the report. */
  readonly keep: boolean;
  readonly output: 'text' | 'json';
}

/** As commander gives it. */
export interface RawOptions {
  readonly cluster: ClusterChoice;
  readonly components: string;
  readonly concurrency: number;
  readonly report?: string;
  readonly keep?: true;
  readonly output: 'text' | 'json';
}

export const ALL_COMPONENTS = COMPONENT_NAMES.join(',');

/** @throws SandboxError when a component is not one of the catalogue's. */
export function parseOptions({ components, keep, ...rest }: RawOptions): DemoOptions {
  return { ...rest, components: parseComponents(components), keep: keep === true };
}
