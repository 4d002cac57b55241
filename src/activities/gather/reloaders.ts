import type { SurroundingsFacts } from '../../domain/preflight/index.ts';
import type { ReloaderView } from '../../domain/reloader/index.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import { orUnknown } from './look-up.ts';

/** The cluster's Reloaders; unknown where the worker may not list the Deployments of all namespaces. */
export function findReloaders({ surroundings }: Pick<Dependencies, 'surroundings'>): Promise<Reloaders> {
  return orUnknown(surroundings.reloaders());
}

type Reloaders = SurroundingsFacts['reloaders'];

/** What decides to which of a namespace's Secrets the Reloaders react. */
export async function viewOfReloaders(
  { surroundings }: Pick<Dependencies, 'surroundings'>,
  reloaders: Reloaders,
  namespace: string,
  secrets: readonly (LiveSecret | undefined)[],
): Promise<ReloaderView> {
  const asksForLabels = reloaders !== 'unknown' && reloaders.some(({ namespaceSelector }) => namespaceSelector !== '');
  const namespaceLabels = asksForLabels ? await orUnknown(surroundings.namespaceLabels(namespace)) : 'unknown';
  return {
    reloaders,
    secrets: new Map(
      secrets.flatMap((secret) =>
        secret === undefined
          ? []
          : [[secret.name, { annotations: secret.annotations, labels: secret.labels }] as const],
      ),
    ),
    ...(namespaceLabels !== 'unknown' && { namespaceLabels }),
  };
}
