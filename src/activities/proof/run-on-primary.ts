import { SCRIPT_ON_PRIMARY_MS } from '../../domain/budgets.ts';
import { settledPrimary } from '../../domain/cluster.ts';
import { objectName, type Component } from '../../domain/component.ts';
import { RotationError } from '../../domain/failures.ts';
import { firstComplaint } from '../../postgres/psql.ts';
import type { Dependencies, SeenCluster } from '../dependencies.ts';

/** A psql error of the connection, not of a statement. A server that is starting or stopping is asked again. */
const NO_CONNECTION = /^psql: error:/;

/**
 * Runs a script as the superuser on the primary.
 * @throws RotationError `DatabaseUnread` when PostgreSQL refuses a statement.
 */
export async function runOnPrimary(
  deps: Dependencies,
  component: Component,
  script: string,
  doing: string,
  seen?: SeenCluster,
  limitMs: number = SCRIPT_ON_PRIMARY_MS,
): Promise<string> {
  const { namespace, cluster } = component;
  const state = seen === undefined ? await deps.clusters.find(namespace, cluster) : seen.cluster;
  const primary = state && settledPrimary(state);
  if (primary === undefined) {
    throw new RotationError(
      'DatabaseUnreachable',
      `${objectName('Cluster', namespace, cluster)} has no settled primary on which to ${doing}.`,
    );
  }
  const { succeeded, stdout, stderr } = await deps.psql(component, primary, script, limitMs);
  if (succeeded) return stdout;
  const first = firstComplaint(stderr);
  throw new RotationError(
    NO_CONNECTION.test(first) ? 'DatabaseUnreachable' : 'DatabaseUnread',
    `Could not ${doing} on ${objectName('Pod', namespace, primary)}: ${first}`,
  );
}
