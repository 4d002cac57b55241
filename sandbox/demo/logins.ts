import { KubeConfig } from '@kubernetes/client-node';
import { connectDependencies } from '../../src/activities/proof/connect.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import type { Component } from '../../src/domain/component.ts';
import { API_CALL_TIMEOUT_MS } from '../../src/domain/budgets.ts';
import { Password, type Credential } from '../../src/domain/password.ts';
import { asText } from '../../src/domain/secrets/secret-data.ts';
import { KubernetesConnection } from '../../src/kubernetes/connection.ts';
import { SandboxError } from '../common/errors.ts';

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
  readonly #before = new Map<string, Credential>();

  /** @param catalogue its file. */
  constructor(kubeconfig: string, catalogue: string) {
    this.#components = new Map(loadCatalogue(catalogue).components.map((component) => [component.name, component]));
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const connection = new KubernetesConnection(config, false, API_CALL_TIMEOUT_MS);
    this.#deps = connectDependencies(connection, () => {
      throw new Error('a login names its component');
    });
  }

  /** Remembers each role and password, and sees them accepted. */
  async before(): Promise<void> {
    await Promise.all(
      [...this.#components.values()].map(async (component) => {
        const credential = await this.#credentialOf(component);
        const answer = await this.#login(component, credential);
        if (answer !== 'accepted')
          throw new SandboxError(`Before any rotation, the password in Secret ${component.secret} is ${answer}.`);
        this.#before.set(component.name, credential);
      }),
    );
  }

  async after(name: string): Promise<LoginProof> {
    const [component, old] = [this.#components.get(name), this.#before.get(name)];
    if (component === undefined || old === undefined) throw new Error(`nothing was noted of ${name}`);
    const now = await this.#credentialOf(component);
    return {
      newPassword: await this.#login(component, now),
      oldPassword: await this.#login(component, old),
      changed: !now.password.equals(old.password),
    };
  }

  async #credentialOf({ namespace, secret, role }: Component): Promise<Credential> {
    const data = (await this.#deps.secrets.find(namespace, secret))?.data;
    const text = (key: string): string => asText(data?.[key] ?? new Uint8Array()) ?? '';
    return { username: text('username') || role, password: Password.of(text('password')) };
  }

  async #login(component: Component, credential: Credential): Promise<Answer> {
    const outcome = await this.#deps.login(component, credential);
    return outcome.accepted ? 'accepted' : `refused (SQLSTATE ${outcome.sqlState})`;
  }
}
