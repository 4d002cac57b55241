import { namespacesOf, secretsIn, type Component } from '../../domain/component.ts';
import type { SurroundingsFacts } from '../../domain/preflight/index.ts';
import type { ReloaderView } from '../../domain/reloader/index.ts';
import type { LiveSecret } from '../../kubernetes/secrets.ts';
import type { Dependencies } from '../dependencies.ts';
import { orUnknown } from './look-up.ts';
import type { SeenSecrets } from './seen-secrets.ts';

/** The cluster's Reloaders; unknown where the worker may not list the Deployments of all namespaces. */
export function findReloaders({ surroundings }: Pick<Dependencies, 'surroundings'>): Promise<Reloaders> {
  return orUnknown(surroundings.reloaders());
}

type Reloaders = SurroundingsFacts['reloaders'];

/** What decides to which of the changing Secrets the Reloaders react, by namespace. */
export async function viewsOfReloaders(
  deps: Pick<Dependencies, 'surroundings'>,
  component: Component,
  changing: readonly string[],
  { secrets, reloaders }: { readonly secrets: Pick<SeenSecrets, 'find'>; readonly reloaders: Promise<Reloaders> },
): Promise<ReloaderViews> {
  const views = namespacesOf(component).map(async (namespace) => {
    const names = secretsIn(component, changing, namespace);
    const live = await Promise.all(names.map((name) => secrets.find(namespace, name)));
    return [namespace, await viewOfReloaders(deps, await reloaders, namespace, live)] as const;
  });
  return new Map(await Promise.all(views));
}

export type ReloaderViews = ReadonlyMap<string, ReloaderView>;

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
