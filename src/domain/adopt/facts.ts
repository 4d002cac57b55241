import type { Component } from '../component.ts';
import type { OrUnknown, Right } from '../preflight/index.ts';
import type { Finding } from '../finding.ts';
import type { AdoptionNames } from './names.ts';
import type { AdoptionRecord, RoleSpec } from './spec.ts';

/** Which way: to alternating roles, or back. */
export type Direction = 'adopt' | 'undo';

/** What was gathered before anything is changed. */
export interface AdoptionFacts {
  readonly direction: Direction;
  readonly component: Component;
  readonly names: AdoptionNames;
  /** What preflight finds of the component as it stands. */
  readonly preflight: readonly Finding[];
  readonly cluster: ClusterFacts | undefined;
  /** The three Secrets that only CNPG is to read. */
  readonly roleSecrets: Readonly<Record<string, RoleSecretState>>;
  /** Secrets of the application that hold the password and not whose it is. */
  readonly secretsWithoutUser: readonly string[];
  /** What an adoption noted of the spec before it; absent where none did. */
  readonly record?: AdoptionRecord;
  /** The `username` of the application's Secret: who logs in for it now. */
  readonly activeRole: string;
  /** The workflow that holds the component's lock, if one does. */
  readonly lockedBy?: string;
  readonly operatorAnswers: OrUnknown<boolean>;
  readonly poolers: OrUnknown<readonly PoolerFacts[]>;
  /** The rights of an adoption, besides those of a rotation, that the worker's account lacks. */
  readonly missingRights: OrUnknown<readonly Right[]>;
  readonly database: DatabaseFacts | { readonly unread: string };
}

/** `ours`: made for this component by an adoption, or by hand with our labels; `applied by Flux`: whosever it is. */
export type RoleSecretState = OrUnknown<'absent' | 'ours' | 'foreign' | 'applied by Flux'>;

export interface ClusterFacts {
  readonly spec: RoleSpec;
  /** Roles of the three that a DatabaseRole declares, with its name. */
  readonly databaseRoles: Readonly<Record<string, string>>;
  /** The Flux Kustomization that writes the Cluster, as `namespace/name`; absent when none does, or when it lets go. */
  readonly fluxKustomization?: string;
  /** Another deployer that would put its own version back one day, such as `Helm`. */
  readonly deployer?: string;
  /** `spec.postgresql.pg_hba`. */
  readonly pgHba: readonly string[];
}

export interface PoolerFacts {
  readonly name: string;
  /** `spec.pgbouncer.pg_hba`. */
  readonly pgHba: readonly string[];
  /** It asks for passwords by a query of its own, which may know a fixed list of users. */
  readonly ownAuthQuery: boolean;
}

/** What PostgreSQL says as the superuser sees it. */
export interface DatabaseFacts {
  /** Those of the owner and the login roles that exist. */
  readonly roles: readonly PostgresRole[];
  /** The databases in which the owner owns something, a database itself included. */
  readonly ownedIn: readonly { readonly database: string; readonly objects: number }[];
  /** Where the owner is logged in now, with the clients' addresses. */
  readonly sessions: readonly { readonly database: string; readonly sessions: number }[];
  /** `pg_cron` logs in as the owner of a job, unless it uses background workers. */
  readonly cronJobsThatLogIn: number;
  /** Foreign servers for which somebody logs in as the owner with a password that is kept there. */
  readonly mappingsAsOwner: readonly string[];
  /** Functions and policies that ask for `session_user`, which will be a login role. */
  readonly sessionUserIn: readonly string[];
}

export interface PostgresRole {
  readonly name: string;
  readonly superuser: boolean;
  readonly replication: boolean;
  /** Objects that it owns. */
  readonly owns: number;
  readonly memberOf: readonly string[];
}
