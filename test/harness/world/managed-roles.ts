import type { Component } from '../../../src/domain/component.ts';
import { until } from '../../../sandbox/harness/until.ts';
import type { World } from '../../../sandbox/harness/world.ts';

const MINUTE = 60_000;

/** A role beside the component's own, and its Secret. */
export const OTHER = { role: 'specification', secret: 'specification-role' } as const;

/** The managed roles of a component's Cluster, changed as people change them. */
export class ManagedRoles {
  constructor(
    private readonly world: () => World,
    private readonly component: Component,
  ) {}

  change(kind: 'Secret' | 'Cluster', name: string, body: object): Promise<void> {
    const apiVersion = kind === 'Secret' ? 'v1' : 'postgresql.cnpg.io/v1';
    const { metadata = {}, ...rest } = body as { metadata?: object };
    const { namespace } = this.component;
    return this.world().patch({ apiVersion, kind, metadata: { ...metadata, namespace, name }, ...rest });
  }

  /** Makes the instance manager look. */
  reload(): Promise<void> {
    const annotations = { 'cnpg.io/reloadedAt': new Date().toISOString() };
    return this.change('Cluster', this.component.cluster, { metadata: { annotations } });
  }

  /** Declares the component's own role, and others. */
  declare(others: readonly object[]): Promise<void> {
    const { cluster, role: name, secret } = this.component;
    const own = { name, ensure: 'present', login: true, superuser: false, passwordSecret: { name: secret } };
    return this.change('Cluster', cluster, { spec: { managed: { roles: [own, ...others] } } });
  }

  /** Drops the other role, and takes it out of the Cluster. */
  async forgetOther(): Promise<void> {
    const world = this.world();
    await this.declare([{ name: OTHER.role, ensure: 'absent' }]);
    const left = `SELECT count(*) FROM pg_roles WHERE rolname = '${OTHER.role}'`;
    await until('the role to be gone', async () => (await world.sql(this.component, left)) === '0', MINUTE);
    await this.declare([]);
    await world.core.deleteNamespacedSecret({ namespace: this.component.namespace, name: OTHER.secret });
  }

  putOtherSecret(stringData: Readonly<Record<string, string>>): Promise<void> {
    const { namespace } = this.component;
    const metadata = { namespace, name: OTHER.secret, labels: { 'cnpg.io/reload': 'true' } };
    return this.world().apply({ apiVersion: 'v1', kind: 'Secret', metadata, stringData });
  }

  /** Whether the status says that the Secret's version of now is applied. */
  async isApplied(): Promise<boolean> {
    const { namespace, role, secret: name } = this.component;
    const world = this.world();
    const applied = (await world.cluster(this.component)).status?.managedRolesStatus?.passwordStatus?.[role];
    const live = await world.core.readNamespacedSecret({ namespace, name });
    return applied?.resourceVersion !== undefined && applied.resourceVersion === live.metadata?.resourceVersion;
  }

  async untilApplied(): Promise<void> {
    await until(`CNPG to apply ${this.component.secret}`, () => this.isApplied(), MINUTE);
  }

  /** Waits until the status says this of the other role. */
  async untilComplaint(words: string): Promise<void> {
    const complaints = async (): Promise<readonly string[]> =>
      (await this.world().cluster(this.component)).status?.managedRolesStatus?.cannotReconcile?.[OTHER.role] ?? [];
    await until(`"${words}" in the status`, async () => (await complaints()).join().includes(words), MINUTE);
  }

  async untilOtherIsThere(): Promise<void> {
    const there = `SELECT count(*) FROM pg_roles WHERE rolname = '${OTHER.role}'`;
    await until('the role', async () => (await this.world().sql(this.component, there)) === '1', MINUTE);
  }

  /** Waits until the instance manager has printed this. */
  async untilPrinted(words: string): Promise<void> {
    const { namespace, cluster } = this.component;
    const pod = { namespace, name: `${cluster}-1`, container: 'postgres', tailLines: 400 };
    const printed = async (): Promise<boolean> => (await this.world().core.readNamespacedPodLog(pod)).includes(words);
    await until(`"${words}" in the instance's log`, printed, MINUTE);
  }
}
