import {
  adoptionNames,
  judgeAdoption,
  type AdoptionFacts,
  type DatabaseFacts,
  type DatabaseRoleEntry,
  type PostgresRole,
  type RoleSpec,
} from '../../../src/domain/adopt/index.ts';
import type { Cause } from '../../../src/domain/failures.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { LITELLM } from '../../harness/examples.ts';

export const NAMES = adoptionNames(LITELLM);

/** A role that an adoption leaves alone. */
export const GRAFANA = { name: 'grafana', login: true, inRoles: ['pg_monitor'], passwordSecret: { name: 'grafana' } };

/** As CNPG's API gives it back. */
export const IN_PLACE: RoleSpec = {
  roles: [
    {
      name: 'litellm',
      ensure: 'present',
      login: true,
      inherit: true,
      superuser: false,
      connectionLimit: -1,
      passwordSecret: { name: 'litellm-db-secret' },
    },
  ],
  bootstrap: { method: 'initdb', secret: 'litellm-db-secret' },
};

/** The owner, declared by a DatabaseRole. */
export const OBJECT: DatabaseRoleEntry = {
  object: 'litellm-role',
  spec: {
    name: 'litellm',
    cluster: { name: 'litellm-postgresql' },
    ensure: 'present',
    login: true,
    inherit: true,
    connectionLimit: -1,
    databaseRoleReclaimPolicy: 'retain',
    passwordSecret: { name: 'litellm-db-secret' },
  },
};

export const OWNER: PostgresRole = {
  name: 'litellm',
  superuser: false,
  replication: false,
  owns: 3,
  memberOf: [],
  connectionLimit: -1,
};

export const DATABASE: DatabaseFacts = {
  roles: [OWNER],
  ownedIn: [{ database: 'litellm', objects: 3 }],
  loginsIn: [],
  sessions: [{ database: 'litellm', sessions: 2 }],
  cronJobsThatLogIn: 0,
  mappingsAsOwner: [],
  mappingsElsewhere: [],
  sessionUserIn: [],
  serverVersion: 180_004,
  roleResets: [],
  loginTriggers: [],
  signallers: [],
};

export const FACTS: AdoptionFacts = {
  direction: 'adopt',
  component: LITELLM,
  names: NAMES,
  preflight: [],
  cluster: { spec: IN_PLACE, databaseRoles: {}, pgHba: [] },
  roleSecrets: { 'litellm-owner-role': 'absent', 'litellm-a-role': 'absent', 'litellm-b-role': 'absent' },
  secretsWithoutUser: [],
  activeRole: 'litellm',
  operatorAnswers: true,
  poolers: [],
  missingRights: [],
  database: DATABASE,
};

/** What of the good world is otherwise. */
export interface Change extends Partial<Omit<AdoptionFacts, 'cluster' | 'database'>> {
  readonly cluster?: Partial<NonNullable<AdoptionFacts['cluster']>>;
  readonly database?: Partial<DatabaseFacts> | { readonly unread: Cause };
}

export function facts({ cluster, database, ...rest }: Change): AdoptionFacts {
  return {
    ...FACTS,
    ...rest,
    cluster: { spec: IN_PLACE, databaseRoles: {}, pgHba: [], ...cluster },
    database: database !== undefined && 'unread' in database ? database : { ...DATABASE, ...database },
  };
}

export function findings(change: Change): readonly Finding[] {
  return judgeAdoption(facts(change));
}

/** `[when, change, rule, part of the message]` */
export type Case = readonly [string, Change, string, string];
