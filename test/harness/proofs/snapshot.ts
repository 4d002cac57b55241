import { KubernetesObjectApi, type KubernetesObject } from '@kubernetes/client-node';
import { connectDependencies } from '../../../src/activities/proof/connect.ts';
import type { Component } from '../../../src/domain/component.ts';
import { KubernetesConnection } from '../../../src/kubernetes/connection.ts';
import { fingerprint } from './fingerprint.ts';
import type { World } from '../../../sandbox/harness/world.ts';

/** What a rotation might change. */
const KINDS = [
  ['v1', 'Secret'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'DaemonSet'],
  ['postgresql.cnpg.io/v1', 'Cluster'],
  ['postgresql.cnpg.io/v1', 'DatabaseRole'],
  ['postgresql.cnpg.io/v1', 'Backup'],
  ['postgresql.cnpg.io/v1', 'ScheduledBackup'],
] as const;

/** All of a role that a rotation might change. */
const ROLES =
  "SELECT rolname || ' ' || rolcanlogin || ' ' || coalesce(rolvaliduntil::text, '') || ' ' || coalesce(rolpassword, '') FROM pg_authid;\n\\q\n";

/** A fingerprint of every object and of every role of a database, by name. */
export type Snapshot = ReadonlyMap<string, string>;

/** Takes snapshots of some namespaces' objects and of the roles of one Cluster. */
export class Camera {
  readonly #api: KubernetesObjectApi;
  readonly #connection: KubernetesConnection;

  constructor(
    private readonly world: World,
    private readonly namespaces: readonly string[],
    private readonly database: Component,
  ) {
    this.#api = KubernetesObjectApi.makeApiClient(world.config);
    this.#connection = new KubernetesConnection(world.config, false, 10_000);
  }

  async take(): Promise<Snapshot> {
    const found = await Promise.all([
      this.#roles(),
      ...this.namespaces.flatMap((namespace) =>
        KINDS.map(([apiVersion, kind]) => this.#objects(apiVersion, kind, namespace)),
      ),
    ]);
    return new Map(found.flat());
  }

  /** A Secret whole; of what a controller keeps a status in, all but that, whose every write moves the version. */
  async #objects(apiVersion: string, kind: string, namespace: string): Promise<(readonly [string, string])[]> {
    const { items } = await this.#api.list(apiVersion, kind, namespace);
    return items.map((object) => {
      const whole = kind === 'Secret' ? object : withoutStatus(object);
      return [`${kind} ${namespace}/${object.metadata?.name ?? ''}`, fingerprint(JSON.stringify(whole))] as const;
    });
  }

  async #roles(): Promise<(readonly [string, string])[]> {
    const { psql } = connectDependencies(this.#connection, () => this.database);
    const { stdout } = await psql(this.database, await this.world.primary(this.database), ROLES);
    const lines = stdout.trim().split('\n');
    if (lines.length < 3) throw new Error('PostgreSQL told nothing of its roles');
    return lines.map((line) => [`role ${line.split(' ')[0] ?? ''} in ${this.database.cluster}`, fingerprint(line)]);
  }
}

/** The names of what is not as it was. */
export function changedBetween(before: Snapshot, after: Snapshot): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name));
}

function withoutStatus(object: KubernetesObject): object {
  const { metadata, ...body } = object;
  // The Deployment's own controller writes its revision a moment after the Deployment was made.
  const annotations = Object.assign({}, metadata?.annotations, { 'deployment.kubernetes.io/revision': undefined });
  const passing = { annotations, managedFields: undefined, resourceVersion: undefined };
  // Twice, so that they stand in the same order whether the object has annotations or not.
  const lasting = Object.assign({ ...passing }, metadata, passing);
  return { ...body, metadata: lasting, status: undefined };
}
