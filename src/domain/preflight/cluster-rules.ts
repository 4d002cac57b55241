import { HEALTHY_PHASE, settledPrimary } from '../cluster.ts';
import { clusterName, type Rule } from './rule.ts';
import { blocking } from '../finding.ts';

/** Phases that do not pass by themselves, each with what to do. Preflight waits for every other phase. */
const STANDSTILL: Readonly<Record<string, string>> = {
  'Waiting for user action': 'restart or switch over as CNPG asks for it ("kubectl cnpg status" says what)',
  'Not enough disk space': 'enlarge its volumes (spec.storage.size)',
  'Cluster is unrecoverable and needs manual intervention': 'restore it from a backup',
  'Cluster cannot proceed to reconciliation due to an unknown plugin being required':
    'install the plugin that spec.plugins names',
  'Cluster cannot proceed to reconciliation due to an error while interacting with plugins': 'mend the plugin',
  'Cluster has incomplete or invalid image catalog': 'correct the image catalog that it names',
  'Cluster cannot execute instance online upgrade due to missing architecture binary':
    'use an operator image that has the architecture of its nodes',
  'Unable to create required cluster objects': 'look at its events',
  'Invalid cluster definition': 'correct its definition',
};

export const clusterExists: Rule = ({ component, cluster }) => {
  if (cluster !== undefined) return undefined;
  return blocking(
    `${clusterName(component)} does not exist.`,
    `Check the names with "kubectl get clusters.postgresql.cnpg.io -A" and correct the component "${component.name}" in the catalogue.`,
  );
};

export const clusterIsNotAReplica: Rule = ({ component, cluster }) => {
  if (cluster?.replicaOf === undefined) return undefined;
  return blocking(
    `${clusterName(component)} is a replica cluster of "${cluster.replicaOf}": it is read-only, and its passwords come from there.`,
    `Rotate the component of the Cluster "${cluster.replicaOf}", then set the same password in ${component.secret} here.`,
  );
};

export const clusterIsNotHibernated: Rule = ({ component, cluster }) => {
  if (cluster?.hibernated !== true) return undefined;
  return blocking(
    `${clusterName(component)} is hibernated: PostgreSQL does not run.`,
    `kubectl -n ${component.namespace} annotate cluster ${component.cluster} cnpg.io/hibernation=off --overwrite`,
  );
};

export const primaryIsNotFenced: Rule = ({ component, cluster }) => {
  const fenced = cluster?.fencedInstances ?? [];
  const everyone = fenced.includes('*');
  const primary = cluster?.currentPrimary;
  if (!everyone && (primary === undefined || !fenced.includes(primary))) return undefined;
  return blocking(
    `${clusterName(component)} has ${everyone ? 'all its instances' : `its primary ${primary ?? ''}`} fenced: PostgreSQL is stopped there.`,
    `kubectl cnpg -n ${component.namespace} fencing off ${component.cluster} ${everyone ? '"*"' : (primary ?? '')}`,
  );
};

export const clusterIsHealthy: Rule = ({ component, cluster }) => {
  if (cluster === undefined || cluster.phase === HEALTHY_PHASE) return undefined;
  const { phase, phaseReason = '' } = cluster;
  const look = `kubectl -n ${component.namespace} describe cluster ${component.cluster}`;
  const action = STANDSTILL[phase];
  return blocking(
    `${clusterName(component)} is not healthy: its phase is "${phase}"${phaseReason === '' ? '' : ` (${phaseReason})`}.`,
    action === undefined
      ? `Wait until "kubectl -n ${component.namespace} get cluster ${component.cluster}" shows it healthy, then start again.`
      : `It will not pass by itself: ${action}. Details: "${look}".`,
  );
};

export const primaryIsSettled: Rule = ({ component, cluster }) => {
  // Another rule reports an unhealthy phase. A hibernated Cluster has no primary.
  if (cluster?.phase !== HEALTHY_PHASE || settledPrimary(cluster) !== undefined) return undefined;
  const { currentPrimary, targetPrimary } = cluster;
  return blocking(
    `${clusterName(component)} is changing its primary from ${currentPrimary ?? 'none'} to ${targetPrimary ?? 'none'}.`,
    `Wait until "kubectl -n ${component.namespace} get cluster ${component.cluster}" shows it healthy, then start again.`,
  );
};

export const clusterIsReconciled: Rule = ({ component, cluster }) => {
  if (cluster?.reconciliationDisabled !== true) return undefined;
  return blocking(
    `${clusterName(component)} has the annotation cnpg.io/reconciliationLoop: disabled, so CNPG's operator leaves it alone.`,
    `kubectl -n ${component.namespace} annotate cluster ${component.cluster} cnpg.io/reconciliationLoop-`,
  );
};
