import { KubeConfig } from '@kubernetes/client-node';
import { connectDependencies } from '../../src/activities/connect.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { fileURLToPath } from 'node:url';
import { findComponent, loadCatalogue } from '../../src/config.ts';
import type { Component } from '../../src/domain/component.ts';
import { API_CALL_TIMEOUT_MS } from '../../src/domain/budgets.ts';
import { Password } from '../../src/domain/password.ts';
import { asText } from '../../src/domain/secret-data.ts';
import { KubernetesConnection } from '../../src/kubernetes/connection.ts';
import { SandboxError } from '../real/index.ts';

/** Which the sandboxes' components are named after. */
const CATALOGUE = fileURLToPath(new URL('../../components.yaml', import.meta.url));

/** What PostgreSQL said to a password. */
export type Answer = 'accepted' | `refused (SQLSTATE ${string})`;

export interface LoginProof {
  readonly newPassword: Answer;
  readonly oldPassword: Answer;
  /** Whether the Secret holds another password than before. */
  readonly changed: boolean;
}

/** Logs in by itself before and after, so that the report does not rest on what the rotations say of themselves. */
export class Logins {
  readonly #deps: Dependencies;
  readonly #components: ReadonlyMap<string, Component>;
  readonly #before = new Map<string, Password>();

  constructor(kubeconfig: string, names: readonly string[]) {
    const catalogue = loadCatalogue(CATALOGUE);
    this.#components = new Map(names.map((name) => [name, findComponent(catalogue, name)]));
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const connection = new KubernetesConnection(config, false, API_CALL_TIMEOUT_MS);
    this.#deps = connectDependencies(connection, () => {
      throw new Error('a login names its component');
    });
  }

  /** Remembers each password, and sees it accepted. */
  async before(): Promise<void> {
    await Promise.all(
      [...this.#components.values()].map(async (component) => {
        const password = await this.#passwordOf(component);
        const answer = await this.#login(component, password);
        if (answer !== 'accepted')
          throw new SandboxError(`Before any rotation, the password in Secret ${component.secret} is ${answer}.`);
        this.#before.set(component.name, password);
      }),
    );
  }

  async after(name: string): Promise<LoginProof> {
    const [component, old] = [this.#components.get(name), this.#before.get(name)];
    if (component === undefined || old === undefined) throw new Error(`nothing was noted of ${name}`);
    const password = await this.#passwordOf(component);
    return {
      newPassword: await this.#login(component, password),
      oldPassword: await this.#login(component, old),
      changed: !password.equals(old),
    };
  }

  async #passwordOf({ namespace, secret }: Component): Promise<Password> {
    const data = (await this.#deps.secrets.find(namespace, secret))?.data;
    return Password.of(asText(data?.['password'] ?? new Uint8Array()) ?? '');
  }

  async #login(component: Component, password: Password): Promise<Answer> {
    const outcome = await this.#deps.login(component, { username: component.role, password });
    return outcome.accepted ? 'accepted' : `refused (SQLSTATE ${outcome.sqlState})`;
  }
}
