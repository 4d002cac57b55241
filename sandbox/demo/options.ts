import { InvalidArgumentError } from 'commander';
import type { Strategy } from '../../src/domain/component.ts';
import { COMPONENT_NAMES, parseComponents, type ComponentName } from '../common/options.ts';
import { describeError } from '../common/errors.ts';
import type { ClusterChoice } from '../open-cluster.ts';

export const SOURCES = ['kubernetes', 'gitops'] as const;
export type SourceChoice = (typeof SOURCES)[number];

/** What the command line says. */
export interface DemoOptions {
  readonly cluster: ClusterChoice;
  readonly components: readonly ComponentName[];
  readonly concurrency: number;
  readonly strategy: Strategy;
  /** Where the passwords are changed. */
  readonly source: SourceChoice;
  readonly report?: string;
  /** Stay up after the report. */
  readonly keep?: true;
  readonly output: 'text' | 'json';
}

export const ALL_COMPONENTS: readonly ComponentName[] = COMPONENT_NAMES;

/** For commander, which turns this error into a usage error. */
export function parseComponentList(text: string): readonly ComponentName[] {
  try {
    return parseComponents(text);
  } catch (error) {
    throw new InvalidArgumentError(describeError(error));
  }
}
