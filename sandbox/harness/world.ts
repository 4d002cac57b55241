import { KubeConfig } from '@kubernetes/client-node';
import { connectDependencies } from '../../src/activities/proof/connect.ts';
import type { Component } from '../../src/domain/component.ts';
import { Password } from '../../src/domain/password.ts';
import { KubernetesConnection } from '../../src/kubernetes/connection.ts';
import { applicationLines, applicationLogs, applicationPods } from './application-pods.ts';
import { KubernetesObjects } from './kubernetes-objects.ts';
import { openSandbox, type SandboxUnderTest } from './sandbox-under-test.ts';
import type { Needle } from './secret-scan.ts';
import type { ApplicationPod } from './objects.ts';

/** A sandbox, the real one or the embedded one, as its administrator sees it: what the tests check the product's claims against. */
export class World extends KubernetesObjects {
  readonly #connection: KubernetesConnection;

  private constructor(
    readonly sandbox: SandboxUnderTest,
    config: KubeConfig,
  ) {
    super(config);
    this.#connection = new KubernetesConnection(config, false, 10_000);
  }

  /** The embedded sandbox is started with these components alone, default all four, and as that version of CNPG. */
  static async open(...of: Parameters<typeof openSandbox>): Promise<World> {
    const sandbox = await openSandbox(...of);
    const config = new KubeConfig();
    config.loadFromFile(sandbox.kubeconfig);
    return new World(sandbox, config);
  }

  /** Whether nothing is wrong with the sandbox. */
  isWell(): Promise<boolean> {
    return this.sandbox.isWell();
  }

  /** Whether PostgreSQL accepts the password, through the read-write Service. */
  async accepts(component: Component, password: string, username = component.role): Promise<boolean> {
    const { login } = connectDependencies(this.#connection, () => component);
    return (await login(component, { username, password: Password.of(password) })).accepted;
  }

  /** Runs SQL as the superuser. @returns what it printed. */
  async sql(component: Component, statements: string): Promise<string> {
    const { psql } = connectDependencies(this.#connection, () => component);
    const { succeeded, stdout, stderr } = await psql(component, await this.primary(component), `${statements};\n\\q\n`);
    if (!succeeded) throw new Error(`psql failed: ${stderr.replace(/:[^:@/]*@/g, ':…@')}`);
    return stdout.trim();
  }

  /** The verifier that PostgreSQL stores. */
  async verifier(component: Component, role = component.role): Promise<string> {
    return this.sql(component, `SELECT rolpassword FROM pg_authid WHERE rolname = '${role}';`);
  }

  /** What PostgreSQL logged, as the instance manager of the primary prints it. */
  async postgresLog(component: Component, since?: Date): Promise<string> {
    const name = await this.primary(component);
    return this.core.readNamespacedPodLog({
      namespace: component.namespace,
      name,
      container: 'postgres',
      ...(since && { sinceSeconds: Math.ceil((Date.now() - since.getTime()) / 1_000) }),
    });
  }

  /** What SQL prints that runs with the credential that the application's Secret holds. */
  async asApplication(component: Component, sql: string): Promise<string> {
    const { username = '', password = '' } = await this.secret(component);
    const uri = `postgresql://${username}:${password}@127.0.0.1:5432/${component.database}`;
    return this.sql(component, `\\connect "${uri}"\n${sql}`);
  }

  /** The password and the verifier of now, as needles for the scan. */
  async needles(component: Component, when: string): Promise<Needle[]> {
    return [
      { name: `the ${when} password`, text: await this.password(component) },
      { name: `the ${when} verifier`, text: await this.verifier(component) },
    ];
  }

  /** Pods of the application that stay, with the last line that each printed. */
  applicationPods(component: Component): Promise<readonly ApplicationPod[]> {
    return applicationPods(this, component);
  }

  /** All that the application has printed, in every pod that is there. @throws when one of them may not be read. */
  applicationLogs(component: Component): Promise<string> {
    return applicationLogs(this, component);
  }

  /** What the application's pods printed lately, each line with its pod. */
  applicationLines(component: Component, sinceSeconds: number): Promise<readonly string[]> {
    return applicationLines(this, component, sinceSeconds);
  }
}
