import { createTwoFilesPatch } from 'diff';
import { stringify } from 'yaml';
import type { Component } from '../component.ts';
import { roleSecrets, type AdoptionNames } from './names.ts';
import type { RoleEntry, RoleSpec } from './spec.ts';

/** What CNPG's API writes into every role that leaves it out, so that it stands in hardly any manifest. */
const FILLED_IN: Readonly<Record<string, unknown>> = { connectionLimit: -1, inherit: true };

export interface ManifestChange {
  readonly component: Component;
  readonly names: AdoptionNames;
  /** `spec.bootstrap` whole, so that the place is recognised. */
  readonly bootstrap: Readonly<Record<string, unknown>> | undefined;
  readonly before: RoleSpec;
  readonly after: RoleSpec;
  readonly strategy: { readonly before: string; readonly after: string };
}

/**
 * The change of the manifests as a unified diff: the Cluster's, and the catalogue's entry. Field order is the API's, so
 * a person may have to put the lines into place by hand.
 */
export function manifestPatch(change: ManifestChange): string {
  const { component, before, after, strategy } = change;
  const cluster = createTwoFilesPatch(
    `a/${component.cluster}.yaml`,
    `b/${component.cluster}.yaml`,
    clusterManifest(change, before),
    clusterManifest(change, after),
  );
  const catalogue = createTwoFilesPatch(
    'a/components.yaml',
    'b/components.yaml',
    catalogueEntry(component, strategy.before),
    catalogueEntry(component, strategy.after),
  );
  // The line of equals signs is for a terminal; `git apply` reads from `---` on.
  return [cluster, catalogue]
    .filter((patch) => patch.includes('@@'))
    .map((patch) => patch.slice(patch.indexOf('---')))
    .join('');
}

/** The Secrets of the roles as manifests without a password: for whoever wants to see what is made. They need not be in Git. */
export function roleSecretManifests({ namespace }: Component, names: AdoptionNames): string {
  return roleSecrets(names)
    .map(({ role, secret }) =>
      stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: secret, namespace, labels: { 'cnpg.io/reload': 'true' } },
        type: 'kubernetes.io/basic-auth',
        stringData: { username: role, password: '# a SCRAM verifier, written by cnpg-rotate' },
      }),
    )
    .join('---\n');
}

function clusterManifest({ component, bootstrap }: ManifestChange, { roles, bootstrap: second }: RoleSpec): string {
  const { namespace, cluster } = component;
  return stringify({
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: { name: cluster, namespace },
    spec: {
      ...(bootstrap !== undefined && { bootstrap: withSecret(bootstrap, second) }),
      managed: { roles: roles.map(withoutDefaults) },
    },
  });
}

function withSecret(
  bootstrap: Readonly<Record<string, unknown>>,
  second: RoleSpec['bootstrap'],
): Readonly<Record<string, unknown>> {
  if (second === undefined) return bootstrap;
  const { method, secret } = second;
  const rest = Object.entries(bootstrap[method] as object).filter(([field]) => field !== 'secret');
  return {
    ...bootstrap,
    [method]: { ...Object.fromEntries(rest), ...(secret !== undefined && { secret: { name: secret } }) },
  };
}

function withoutDefaults(entry: RoleEntry): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(entry).filter(([field, value]) => FILLED_IN[field] !== value));
}

function catalogueEntry({ name, namespace }: Component, strategy: string): string {
  return stringify({ components: [{ name, namespace, ...(strategy !== 'in-place' && { strategy }) }] });
}
