import { applyPatch, parsePatch } from 'diff';
import { stringify } from 'yaml';
import type { Component } from '../../../src/domain/component.ts';
import type { Home } from '../git/home.ts';
import type { World } from '../../../sandbox/harness/world.ts';

const FLUX = 'kustomize.toolkit.fluxcd.io';
type Fields = Readonly<Record<string, unknown>>;

/** What CNPG's API fills in, so that it stands in hardly any manifest. */
const FILLED_IN: Fields = { connectionLimit: -1, inherit: true };

/** A component's Cluster as a plain manifest in the repository, of which Flux applies what an adoption is about. */
export class ClusterInGit {
  #text = '';

  constructor(
    private readonly world: World,
    private readonly home: Home,
    private readonly component: Component,
    /** The folder of a Kustomization. */
    private readonly folder: string,
  ) {}

  get #path(): string {
    return `${this.folder}/${this.component.cluster}.yaml`;
  }

  /** As it is now, in the order in which people write it. */
  async commit(): Promise<void> {
    const { namespace, cluster: name } = this.component;
    const { bootstrap, managed } = (await this.world.cluster(this.component)).spec as {
      readonly bootstrap: { readonly initdb: Fields };
      readonly managed: { readonly roles: readonly Fields[] };
    };
    const initdb = inOrder(bootstrap.initdb, ['database', 'owner']);
    const roles = managed.roles.map((role) =>
      inOrder(role, ['name', 'ensure', 'login']).filter(([field, value]) => FILLED_IN[field] !== value),
    );
    const spec = {
      bootstrap: { initdb: Object.fromEntries(initdb) },
      managed: { roles: roles.map((role) => Object.fromEntries(role) as Fields) },
    };
    const head = { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', metadata: { name, namespace } };
    await this.#write(stringify({ ...head, spec }), 'The Cluster');
  }

  /** Somebody commits the patch that an adoption has printed. */
  async commitPatch(patch: string): Promise<void> {
    const [ofCluster] = parsePatch(patch);
    const text = ofCluster !== undefined && applyPatch(this.#text, ofCluster);
    if (typeof text !== 'string') throw new Error(`the patch does not fit:\n${this.#text}\n${patch}`);
    await this.#write(text, 'Alternating roles');
  }

  /** Somebody takes the last commit of the Cluster back. */
  async revert(): Promise<void> {
    await this.home.pull();
    const last = (await this.home.git('log', '-1', '--format=%H', '--', this.#path)).trim();
    await this.home.git('-c', 'user.name=Somebody', '-c', 'user.email=somebody@localhost', 'revert', '--no-edit', last);
    await this.home.git('push', '--quiet', 'origin', 'HEAD:main');
  }

  /** Tells Flux to leave it alone, or gives it back. */
  leaveAlone(disabled: boolean): Promise<void> {
    return this.#patch({ annotations: { [`${FLUX}/reconcile`]: disabled ? 'disabled' : null } });
  }

  /** As if Flux had never been there. */
  forget(): Promise<void> {
    return this.#patch({
      annotations: { [`${FLUX}/reconcile`]: null },
      labels: { [`${FLUX}/name`]: null, [`${FLUX}/namespace`]: null },
    });
  }

  async #write(text: string, subject: string): Promise<void> {
    await this.home.pull();
    this.#text = text;
    this.home.write(this.#path, text);
    await this.home.commit(subject);
  }

  #patch(metadata: object): Promise<void> {
    const { namespace, cluster: name } = this.component;
    return this.world.patch({
      apiVersion: 'postgresql.cnpg.io/v1',
      kind: 'Cluster',
      metadata: { namespace, name, ...metadata },
    });
  }
}

/** The API gives fields by the alphabet. */
function inOrder(fields: Fields, first: readonly string[]): readonly (readonly [string, unknown])[] {
  const rest = Object.entries(fields).filter(([field]) => !first.includes(field));
  return [...first.flatMap((field) => (field in fields ? [[field, fields[field]] as const] : [])), ...rest];
}
