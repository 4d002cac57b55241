import net from 'node:net';
import { Authority } from '../../../sandbox/common/certificates.ts';
import { Folder } from '../../../sandbox/embedded/folder.ts';
import { POSTGRES_IMAGE } from '../../../sandbox/embedded/manifests.ts';
import { psql } from '../../../sandbox/embedded/postgres/psql.ts';
import type { PostgresServer } from '../../../sandbox/embedded/postgres/server.ts';
import { PostgresServers } from '../../../sandbox/embedded/postgres/servers.ts';
import type { Dependencies } from '../../../src/activities/dependencies.ts';
import { readWriteService } from '../../../src/domain/component.ts';
import { PSQL_COMMAND } from '../../../src/postgres/alter-role.ts';
import { tryLogin, type LoginTarget } from '../../../src/postgres/login.ts';
import { LITELLM } from '../examples.ts';

const HOST = readWriteService(LITELLM);

/** A real PostgreSQL with the role and the database of a component, which steps log in to. */
export class TestPostgres {
  private constructor(
    readonly server: PostgresServer,
    private readonly serverCa: string,
    private readonly folder: Folder,
  ) {}

  static async start(): Promise<TestPostgres> {
    const folder = new Folder();
    const servers = new PostgresServers(folder, new AbortController().signal);
    const authority = await Authority.create('test');
    const server = await servers.create({
      name: LITELLM.name,
      image: POSTGRES_IMAGE,
      certificate: await authority.issue({ name: HOST, dns: [HOST] }),
      hba: [],
    });
    const postgres = new TestPostgres(server, authority.certificate, folder);
    await postgres.sql(`CREATE ROLE ${LITELLM.role} LOGIN`, `CREATE DATABASE ${LITELLM.database} OWNER postgres`);
    return postgres;
  }

  async stop(): Promise<void> {
    await this.server.stop();
    this.folder.remove();
  }

  /** Runs statements as the superuser. */
  async sql(...statements: readonly string[]): Promise<void> {
    await this.server.asSuperuser('postgres', async (client) => {
      for (const statement of statements) await client.query(statement);
    });
  }

  /** From now on PostgreSQL accepts this password of the component's role, and no other. */
  accept(password: string): Promise<void> {
    return this.sql(`ALTER ROLE ${LITELLM.role} PASSWORD '${password}'`);
  }

  /** How a step reaches a database of this server. */
  target(database: string = LITELLM.database, serverCa = this.serverCa): LoginTarget {
    return {
      ...{ name: `Service ${LITELLM.namespace}/${HOST}`, host: HOST, database, serverCa, timeoutMs: 5_000 },
      dial: () => Promise.resolve(net.connect(this.server.port, '127.0.0.1')),
    };
  }

  readonly login: Dependencies['login'] = ({ database }, credential) => tryLogin(this.target(database), credential);

  readonly psql: Dependencies['psql'] = async (_, __, script) => {
    const { exitCode, ...said } = await psql(this.server, PSQL_COMMAND.slice(1), script);
    return { succeeded: exitCode === 0, ...said };
  };
}
