import { secretAt, type Component, type ConsumerRef } from '../component.ts';
import type { SecretData } from '../secrets/secret-data.ts';

/** Everything in which a rotation searches for the Secrets that change with a password. */
export interface SecretWorld {
  readonly component: Component;
  /** The role that the application logs in as now. */
  readonly user: string;
  /** Secrets of the component's namespaces with the main one; only the named Secrets where a list is not allowed. */
  readonly secrets: readonly CandidateSecret[];
  /** Of the containers of the namespaces' workloads. */
  readonly environments: readonly ContainerEnvironment[];
  /** The Secrets that CNPG reads for other roles, each with its role. */
  readonly ofOtherRoles: readonly { readonly secret: string; readonly role: string }[];
  /** Names of the Cluster's Services besides those of every Cluster: additional Services and Poolers' Services. */
  readonly services: readonly string[];
}

export interface CandidateSecret {
  /** As plans name the Secret: with its namespace where this is not the component's own. */
  readonly name: string;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly data: SecretData;
}

/** The environment variables of a container in their order: a later variable wins. */
export interface ContainerEnvironment {
  readonly workload: Pick<ConsumerRef, 'kind' | 'name'>;
  readonly container: string;
  readonly variables: readonly EnvironmentVariable[];
}

export type EnvironmentVariable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly secret: string; readonly key: string }
  /** `envFrom`: each key of the Secret becomes a variable. */
  | { readonly allOf: string; readonly prefix: string };

/** The namespace of a Secret of the plan. */
export function namespaceOf(
  { component }: Pick<SecretWorld, 'component'>,
  { name }: { readonly name: string },
): string {
  return secretAt(component, name).namespace;
}
