import { randomBytes } from 'node:crypto';
import { type Component, type LoginRole } from '../../../src/domain/component.ts';
import { stagingSecretName } from '../../../src/domain/marks.ts';
import { Password } from '../../../src/domain/password.ts';
import { scramVerifier } from '../../../src/postgres/scram.ts';
import { until } from '../../../sandbox/harness/until.ts';
import type { World } from '../../../sandbox/harness/world.ts';

const MINUTE = 60_000;

/** A component of the sandbox in the layout of alternating roles, and the way back to how the sandbox made it. */
export class AlternatingLayout {
  private constructor(
    private readonly world: World,
    private readonly component: Component,
    private readonly ownerPassword: string,
  ) {}

  private get ownerSecret(): string {
    return `${this.component.name}-owner`;
  }

  /** PostgreSQL logs every statement and every login meanwhile. */
  static async enter(world: World, component: Component): Promise<AlternatingLayout> {
    const layout = new AlternatingLayout(world, component, await world.password(component));
    const { owner, logins } = component.alternating;
    const [active, idle] = logins;
    const password = randomBytes(24).toString('base64url');
    await layout.#roleSecret({ role: owner, secret: layout.ownerSecret }, layout.ownerPassword);
    await layout.#roleSecret(active, password);
    await layout.#roleSecret(idle, randomBytes(24).toString('base64url'));
    await layout.#cluster({
      ownerSecret: layout.ownerSecret,
      roles: logins.map(({ role, secret }) => ({
        ...{ name: role, ensure: 'present', login: true, inRoles: [owner], passwordSecret: { name: secret } },
      })),
      parameters: { log_statement: 'all', log_connections: 'on' },
    });
    await until('CNPG to make the roles', () => world.accepts(component, password, active.role), MINUTE);
    const made = `SELECT count(*) FROM pg_roles WHERE rolname IN (${logins.map(({ role }) => `'${role}'`).join(', ')});`;
    await until('both of them', async () => (await world.sql(component, made)) === '2', MINUTE);
    await world.sql(component, logins.map(({ role }) => `ALTER ROLE "${role}" SET role = '${owner}';`).join('\n'));
    await layout.moveApplication(active.role, password);
    return layout;
  }

  /** Another user and password for the application, and its pods made anew. */
  async moveApplication(username: string, password: string): Promise<void> {
    const { namespace, secret, cluster, database, name } = this.component;
    await this.world.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secret, namespace },
      stringData: { username, password, uri: `postgresql://${username}:${password}@${cluster}-rw:5432/${database}` },
    });
    await until(
      `${name} to log in as ${username}`,
      async () => {
        const pods = await this.world.applicationPods(this.component);
        const moved = pods.filter(({ ready, lastLine }) => ready && lastLine.includes(`accepted user=${username}`));
        return pods.length === 2 && moved.length === 2;
      },
      MINUTE,
    );
  }

  async leave(): Promise<void> {
    const { namespace, secret, alternating, role } = this.component;
    await this.moveApplication(role, this.ownerPassword);
    await this.world.sql(this.component, '\\c litellm\nDROP TABLE IF EXISTS made_by_a_login_role;');
    const gone = alternating.logins.map((login) => ({ name: login.role, ensure: 'absent' }));
    await this.#cluster({
      ownerSecret: secret,
      roles: gone,
      parameters: { log_statement: null, log_connections: null },
    });
    await until(
      'the login roles to be gone',
      async () =>
        (await this.world.sql(
          this.component,
          "SELECT count(*) FROM pg_roles WHERE rolname LIKE '%\\_a' OR rolname LIKE '%\\_b';",
        )) === '0',
      MINUTE,
    );
    await this.#cluster({ ownerSecret: secret, roles: [], parameters: {} });
    const roleSecrets = [this.ownerSecret, ...alternating.logins.map((login) => login.secret)];
    for (const name of roleSecrets) await this.world.core.deleteNamespacedSecret({ namespace, name });
    // What a test that failed may have left: the lock, which would stop every test after it.
    await this.world.core
      .deleteNamespacedSecret({ namespace, name: stagingSecretName(this.component) })
      .catch(() => undefined);
    await until('the component to be rolled out', () => this.world.isWell(), MINUTE);
  }

  async #roleSecret({ role, secret: name }: LoginRole, password: string): Promise<void> {
    await this.world.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: this.component.namespace, labels: { 'cnpg.io/reload': 'true' } },
      type: 'kubernetes.io/basic-auth',
      stringData: { username: role, password: scramVerifier(Password.of(password)) },
    });
  }

  async #cluster(layout: {
    readonly ownerSecret: string;
    readonly roles: readonly object[];
    readonly parameters: Readonly<Record<string, string | null>>;
  }): Promise<void> {
    const owner = {
      name: this.component.role,
      ensure: 'present',
      login: true,
      superuser: false,
      passwordSecret: { name: layout.ownerSecret },
    };
    await this.world.patchCluster(this.component, {
      spec: {
        bootstrap: { initdb: { secret: { name: layout.ownerSecret } } },
        managed: { roles: [owner, ...layout.roles] },
        postgresql: { parameters: layout.parameters },
      },
    });
  }
}
