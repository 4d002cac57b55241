import { connectDependencies } from '../../src/activities/proof/connect.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { API_CALL_TIMEOUT_MS } from '../../src/domain/budgets.ts';
import { Password } from '../../src/domain/password.ts';
import { KubernetesConnection } from '../../src/kubernetes/connection.ts';
import { connectTo } from '../../src/postgres/psql.ts';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Ended } from './commands.ts';
import type { PlacedComponent } from './place.ts';
import type { World } from './schema.ts';

/** The world's own look into PostgreSQL, so that nothing rests on what the product says of itself. */
export class Database {
  readonly #deps: Dependencies;

  constructor(
    config: KubeConfig,
    private readonly component: PlacedComponent,
    /** The name of the first component's database. */
    private readonly database = component.role,
  ) {
    this.#deps = connectDependencies(new KubernetesConnection(config, false, API_CALL_TIMEOUT_MS), () => component);
  }

  /** Whether PostgreSQL accepts it, in the component's database. */
  async accepts(username: string, password: string, of = this.component): Promise<boolean> {
    if (password === '') return false;
    const where = { ...of, database: of === this.component ? this.database : of.role };
    return (await this.#deps.login(where, { username, password: Password.of(password) })).accepted;
  }

  /** Runs SQL as the superuser in the component's database. @returns what it printed. */
  async sql(statements: string): Promise<string> {
    const { cluster } = this.component;
    const script = `${connectTo(this.database)}\n${statements.trim().replace(/;?$/, ';')}\n\\q\n`;
    const { succeeded, stdout, stderr } = await this.#deps.psql(this.component, `${cluster}-1`, script);
    if (!succeeded || /^ERROR:/m.test(stderr)) throw new Error(`psql failed: ${stderr}`);
    return stdout.trim();
  }
}

export interface HeldCredential {
  readonly username: string;
  readonly password: string;
}

/** Every user name with its password that a Secret has held, oldest first. */
export class HeldCredentials {
  readonly #all: HeldCredential[] = [];

  /** @param texts the Secret's keys. */
  note({ username = '', password = '' }: Readonly<Record<string, string>>): void {
    if (!this.#all.some((one) => one.username === username && one.password === password))
      this.#all.push({ username, password });
  }

  /** All but this one. */
  except(username: string, password: string): readonly HeldCredential[] {
    return this.#all.filter((one) => one.username !== username || one.password !== password);
  }
}

export interface LoginsToJudge {
  readonly world: World;
  /** The first component's. */
  readonly role: string;
  readonly ended: Ended | undefined;
  readonly oldPassword: string;
  readonly newPassword: string;
  /** Who logs in, by the role's Secret afterwards. */
  readonly username: string;
  /** What the role's Secret held before. */
  readonly held: HeldCredentials;
}

/** Ends of a command after which no earlier password may be valid. */
const CHANGES_HANDS: ReadonlySet<string> = new Set(['rotated', 'adopted', 'undone']);

/** Exactly one password is valid after a command that changes any. */
export async function judgeLogins(database: Database, of: LoginsToJudge): Promise<string[]> {
  const { world, role, ended, oldPassword: old, newPassword: fresh, username } = of;
  const { refused, outcome } = world.expect;
  const red: string[] = [];
  for (const one of refused)
    if (await database.accepts(one.username, one.password))
      red.push(`PostgreSQL accepts a password of ${one.username} that it should refuse`);
  if (ended === undefined || outcome === undefined) return red;
  // Which role it is, the Secret says, where roles take turns; who of them is valid, PostgreSQL alone.
  if (/adopt|undo|alternating/.test(JSON.stringify(world.do))) {
    if (!(await database.accepts(username, fresh))) red.push('PostgreSQL refuses what the Secret holds');
    if (!CHANGES_HANDS.has(outcome)) return red;
    for (const earlier of of.held.except(username, fresh))
      if (await database.accepts(earlier.username, earlier.password))
        red.push(`PostgreSQL accepts an earlier password of ${earlier.username}`);
    return red;
  }
  const isPlain = !old.startsWith('SCRAM-SHA-256$');
  if (outcome === 'rotated') {
    if (!fresh.startsWith('SCRAM-SHA-256$') && !(await database.accepts(role, fresh)))
      red.push('PostgreSQL refuses the new password');
    if (isPlain && old !== fresh && (await database.accepts(role, old)))
      red.push('PostgreSQL accepts the old password');
  } else if (['unchanged', 'rolled-back', 'refused'].includes(outcome) && isPlain) {
    if (!(await database.accepts(role, old))) red.push('PostgreSQL refuses the old password');
  }
  return red;
}
