import type { Component, WorkloadRef } from '../component.ts';
import type { SecretData } from '../secrets/secret-data.ts';

/** What the Secrets that change with a password are found in. */
export interface SecretWorld {
  readonly component: Component;
  /** The role that the application logs in as now. */
  readonly user: string;
  /** Secrets of the component's namespace, the main one among them; only those that are named where none may be listed. */
  readonly secrets: readonly CandidateSecret[];
  /** Of the containers of the namespace's workloads. */
  readonly environments: readonly ContainerEnvironment[];
  /** The Secrets that CNPG reads for other roles, with the role. */
  readonly ofOtherRoles: readonly { readonly secret: string; readonly role: string }[];
  /** Names of the Services of the Cluster besides those of every Cluster: its own ones, and those of its Poolers. */
  readonly services: readonly string[];
}

export interface CandidateSecret {
  readonly name: string;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly data: SecretData;
}

/** What a container is given as environment, in the order in which a later variable wins. */
export interface ContainerEnvironment {
  readonly workload: WorkloadRef;
  readonly container: string;
  readonly variables: readonly EnvironmentVariable[];
}

export type EnvironmentVariable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly secret: string; readonly key: string }
  /** `envFrom`: each key of the Secret becomes a variable. */
  | { readonly allOf: string; readonly prefix: string };
