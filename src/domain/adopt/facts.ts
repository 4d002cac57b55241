import type { Component } from '../component.ts';
import type { OrUnknown, Right } from '../preflight/index.ts';
import type { Cause } from '../failures.ts';
import type { Finding } from '../finding.ts';
import type { SeenSessions } from '../role-setting.ts';
import type { PoolerFacts } from '../poolers/pooler.ts';
import type { AdoptionNames } from './names.ts';
import type { AdoptionRecord, RoleSpec } from './spec.ts';

/** `adopt` goes to alternating roles, `undo` goes back. */
export type Direction = 'adopt' | 'undo';

/** The facts that an adoption gathers before it changes anything. */
export interface AdoptionFacts {
  readonly direction: Direction;
  readonly component: Component;
  readonly names: AdoptionNames;
  /** What preflight finds before the adoption changes the component. */
  readonly preflight: readonly Finding[];
  readonly cluster: ClusterFacts | undefined;
  /** The three Secrets that only CNPG is to read. */
  readonly roleSecrets: Readonly<Record<string, RoleSecretState>>;
  /** Secrets of the application that hold the password and no user name. */
  readonly secretsWithoutUser: readonly string[];
  /** What an earlier adoption noted of the Cluster's spec; absent where no adoption noted anything. */
  readonly record?: AdoptionRecord;
  /** The `username` of the application's Secret: the application logs in as this role now. */
  readonly activeRole: string;
  /** The role that a session of the application's credential acts as; absent where no login was possible. */
  readonly actsAs?: string;
  /** The workflow that holds the component's lock, if one does. */
  readonly lockedBy?: string;
  readonly operatorAnswers: OrUnknown<boolean>;
  readonly poolers: OrUnknown<readonly PoolerFacts[]>;
  /** The rights of an adoption, besides those of a rotation, that the worker's account lacks. */
  readonly missingRights: OrUnknown<readonly Right[]>;
  readonly database: DatabaseFacts | { readonly unread: Cause };
}

/** `ours`: an adoption, or a person with our labels, made it for this component. `applied by Flux`: whoever made it. */
export type RoleSecretState = OrUnknown<'absent' | 'ours' | 'foreign' | 'applied by Flux'>;

/** Who writes an object again. */
export interface Deployment {
  /** The Flux Kustomization that writes the object, as `namespace/name`; absent if none does or Flux lets go. */
  readonly fluxKustomization?: string;
  /** Another deployer, such as `Helm`, that would one day write its own version of the object again. */
  readonly deployer?: string;
}

export interface ClusterFacts extends Deployment {
  readonly spec: RoleSpec;
  /** DatabaseRoles of the namespace that are not of this Cluster, by the names of the objects. */
  readonly otherDatabaseRoles?: readonly string[];
  /** Who writes the DatabaseRoles, by the names of the objects. */
  readonly databaseRoles: Readonly<Record<string, Deployment>>;
  /** `spec.postgresql.pg_hba`. */
  readonly pgHba: readonly string[];
}

/** What PostgreSQL shows to the superuser. */
export interface DatabaseFacts extends SeenSessions {
  /** The owner and the login roles, as far as they exist. */
  readonly roles: readonly PostgresRole[];
  /** The databases in which the owner owns something; the database itself counts. */
  readonly ownedIn: readonly { readonly database: string; readonly objects: number }[];
  /** The databases in which a login role owns or is granted something, and whether they take connections. */
  readonly loginsIn: readonly { readonly database: string; readonly connects: boolean }[];
  /** Where the owner is logged in now, with the clients' addresses. */
  readonly sessions: readonly { readonly database: string; readonly sessions: number }[];
  /** `pg_cron` logs in as the owner of a job, unless it uses background workers. */
  readonly cronJobsThatLogIn: number;
  /** Foreign servers whose user mapping keeps a password with which somebody logs in as the owner. */
  readonly mappingsAsOwner: readonly string[];
  /** The same in other databases of the server. */
  readonly mappingsElsewhere: readonly { readonly database: string; readonly server: string }[];
  /** The role that a setting makes the owner's sessions act as, and for whom it is set; absent: as the owner itself. */
  readonly ownerActsAs?: { readonly role: string; readonly setFor: string };
  /** The objects that ask who logged in. After an adoption that is a login role. */
  readonly sessionUserIn: readonly SessionUserAsker[];
  /** Event triggers at the login. */
  readonly loginTriggers: readonly string[];
  /** Functions and views that cancel, end or watch sessions. */
  readonly signallers: readonly string[];
}

export interface SessionUserAsker {
  /** Such as `policy own on public.tickets`. */
  readonly name: string;
  /** False where it only keeps a record of the answer. */
  readonly decides: boolean;
}

export interface PostgresRole {
  readonly name: string;
  readonly superuser: boolean;
  readonly replication: boolean;
  /** The number of objects that the role owns. */
  readonly owns: number;
  readonly memberOf: readonly string[];
  /** Negative where there is no limit. */
  readonly connectionLimit: number;
}
