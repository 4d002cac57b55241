import { connectDependencies } from '../../src/activities/proof/connect.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { API_CALL_TIMEOUT_MS } from '../../src/domain/budgets.ts';
import { Password } from '../../src/domain/password.ts';
import { KubernetesConnection } from '../../src/kubernetes/connection.ts';
import type { KubeConfig } from '@kubernetes/client-node';
import type { PlacedComponent } from './place.ts';

/** The world's own look into PostgreSQL, so that nothing rests on what the product says of itself. */
export class Database {
  readonly #deps: Dependencies;

  constructor(
    config: KubeConfig,
    private readonly component: PlacedComponent,
  ) {
    this.#deps = connectDependencies(new KubernetesConnection(config, false, API_CALL_TIMEOUT_MS), () => component);
  }

  /** Whether PostgreSQL accepts it, in the database that has the role's name. */
  async accepts(username: string, password: string, of = this.component): Promise<boolean> {
    if (password === '') return false;
    const where = { ...of, database: of.role };
    return (await this.#deps.login(where, { username, password: Password.of(password) })).accepted;
  }

  /** Runs SQL as the superuser in the component's database. @returns what it printed. */
  async sql(statements: string): Promise<string> {
    const { cluster, role } = this.component;
    const script = `\\connect "${role}"\n${statements.trim().replace(/;?$/, ';')}\n\\q\n`;
    const { succeeded, stdout, stderr } = await this.#deps.psql(this.component, `${cluster}-1`, script);
    if (!succeeded || /^ERROR:/m.test(stderr)) throw new Error(`psql failed: ${stderr}`);
    return stdout.trim();
  }
}
