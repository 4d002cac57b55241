import type { Component } from '../domain/component.ts';
import type { Changes, Watched } from '../kubernetes/changes.ts';
import type { Clusters } from '../kubernetes/clusters.ts';
import type { Events } from '../kubernetes/events.ts';
import type { ExecResult } from '../kubernetes/exec.ts';
import type { Secrets } from '../kubernetes/secrets.ts';
import type { Surroundings } from '../kubernetes/surroundings.ts';
import type { Workloads } from '../kubernetes/workloads.ts';
import type { Credential } from '../domain/password.ts';
import type { LoginOutcome } from '../postgres/login.ts';

/** The methods of a class, without its private part: what a test can stand in for. */
type Face<T> = Pick<T, keyof T>;

/** What the activities act through. */
export interface Dependencies {
  /** @throws RotationError `ComponentUnknown`. */
  readonly findComponent: (name: string) => Component;
  /** The names in the catalogue, in its order. */
  readonly componentNames: () => readonly string[];
  readonly secrets: Face<Secrets>;
  readonly clusters: Face<Clusters>;
  readonly workloads: Face<Workloads>;
  readonly events: Face<Events>;
  readonly surroundings: Face<Surroundings>;
  readonly watch: (watched: readonly Watched[]) => Face<Changes>;
  /** A fresh login through the Cluster's read-write Service. */
  readonly login: (component: Component, credential: Credential) => Promise<LoginOutcome>;
  /** Runs SQL from `stdin` as the superuser in an instance's pod. */
  readonly psql: (component: Component, pod: string, stdin: string) => Promise<ExecResult>;
  readonly now: () => Date;
}
