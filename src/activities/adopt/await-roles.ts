import { log } from '@temporalio/activity';
import { LOOK_AGAIN_MS, NUDGE_AFTER_BUDGET_FRACTION } from '../../domain/budgets.ts';
import { objectName, type Component } from '../../domain/component.ts';
import { RotationError, messageOf } from '../../domain/failures.ts';
import type { Dependencies, SeenCluster } from '../dependencies.ts';
import type { StepClock } from '../proof/step-clock.ts';

/**
 * Waits until a look at the Cluster shows what is wanted; nudges CNPG after a part of the budget.
 * @param look gives why it has to wait, or undefined when it is so.
 * @throws RotationError `RoleNotMade` when the budget is spent.
 */
export async function awaitCluster(
  deps: Dependencies,
  { namespace, cluster }: Component,
  clock: StepClock,
  look: () => Promise<string | undefined>,
): Promise<void> {
  const nudgeAt = clock.startedAt + (clock.deadline - clock.startedAt) * NUDGE_AFTER_BUDGET_FRACTION;
  const changes = deps.watch([deps.clusters.watched(namespace, cluster)]);
  let nudged = false;
  try {
    for (;;) {
      const because = await look();
      if (because === undefined) return;
      const now = deps.now().getTime();
      if (now >= clock.deadline) {
        throw new RotationError(
          'RoleNotMade',
          `CNPG did not make the roles of ${objectName('Cluster', namespace, cluster)} as declared within the budget: ${because}.`,
        );
      }
      if (!nudged && now >= nudgeAt) {
        nudged = true;
        await nudge(deps, namespace, cluster);
      }
      await changes.next(Math.min(LOOK_AGAIN_MS, clock.deadline - now), clock.signal);
      clock.signal.throwIfAborted();
    }
  } finally {
    changes.close();
  }
}

/** A nudge that fails is no failure of the wait: the operator may be down, which the budget will show. */
async function nudge(deps: Dependencies, namespace: string, cluster: string): Promise<void> {
  try {
    await deps.clusters.nudge(namespace, cluster, deps.now());
  } catch (error) {
    log.warn('CNPG could not be nudged', { reason: messageOf(error) });
  }
}

/** psql's own complaint, as against PostgreSQL's of a statement: a server that starts or stops is asked again. */
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
): Promise<string> {
  const { namespace, cluster } = component;
  const state = seen === undefined ? await deps.clusters.find(namespace, cluster) : seen.cluster;
  const primary = state?.currentPrimary;
  if (primary === undefined || primary !== state?.targetPrimary) {
    throw new RotationError(
      'KubernetesUnavailable',
      `${objectName('Cluster', namespace, cluster)} has no settled primary on which to ${doing}.`,
    );
  }
  const { succeeded, stdout, stderr } = await deps.psql(component, primary, script);
  if (succeeded) return stdout;
  const first = stderr.split('\n').find((line) => line.trim() !== '') ?? 'psql said nothing';
  throw new RotationError(
    NO_CONNECTION.test(first) ? 'DatabaseUnreachable' : 'DatabaseUnread',
    `Could not ${doing} on ${objectName('Pod', namespace, primary)}: ${first}`,
  );
}
