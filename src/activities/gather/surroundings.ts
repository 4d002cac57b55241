import type { ClusterState } from '../../domain/cluster.ts';
import type { Component } from '../../domain/component.ts';
import type { SurroundingsFacts } from '../../domain/preflight/index.ts';
import type { Dependencies } from '../dependencies.ts';
import { orUnknown } from './look-up.ts';

/** Reads what is around the Cluster. A rotation needs none of it, so each look-up may be refused. */
export async function lookAround(
  { surroundings, now }: Dependencies,
  { namespace, cluster: name }: Component,
  cluster: ClusterState | undefined,
  found: Promise<SurroundingsFacts['reloaders']>,
): Promise<SurroundingsFacts> {
  if (cluster === undefined) {
    return { operatorAnswers: 'unknown', cnpgVersion: 'unknown', reloaders: await found, lastBackupAt: 'unknown' };
  }
  const [operatorAnswers, cnpgVersion, reloaders, lastBackup] = await Promise.all([
    orUnknown(surroundings.operatorAnswers(namespace, name, now())),
    orUnknown(surroundings.cnpgVersion(namespace, name)),
    found,
    orUnknown(surroundings.lastBackupAt(namespace, name)),
  ]);
  // The newer of the two: the Cluster's status leaves out the backups of plugins.
  const backups = [cluster.lastSuccessfulBackup, lastBackup === 'unknown' ? undefined : lastBackup];
  const newest = backups
    .filter((time) => time !== undefined)
    .sort((a, b) => Date.parse(a) - Date.parse(b))
    .at(-1);
  return {
    operatorAnswers,
    cnpgVersion: cnpgVersion ?? 'unknown',
    reloaders,
    lastBackupAt: newest ?? (lastBackup === 'unknown' ? 'unknown' : 'none'),
  };
}
