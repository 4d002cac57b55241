import { createTwoFilesPatch } from 'diff';
import { stringify } from 'yaml';
import type { Component } from '../component.ts';
import { roleSecrets, type AdoptionNames } from './names.ts';
import type { DatabaseRoleEntry, RoleEntry, RoleSpec } from './spec.ts';

/** CNPG's API writes these values into every role without them, so hardly any manifest has them. */
const FILLED_IN: Readonly<Record<string, unknown>> = { connectionLimit: -1, inherit: true };
const FILLED_IN_OBJECTS = { ...FILLED_IN, ensure: 'present', databaseRoleReclaimPolicy: 'retain' };

export interface ManifestChange {
  readonly component: Component;
  readonly names: AdoptionNames;
  /** The whole `spec.bootstrap`, so that a person recognises the place in the manifest. */
  readonly bootstrap: Readonly<Record<string, unknown>> | undefined;
  readonly before: RoleSpec;
  readonly after: RoleSpec;
  readonly strategy: { readonly before: string; readonly after: string };
}

/**
 * The change of the manifests as a unified diff: of the Cluster, of its DatabaseRoles, which may be new or gone, and of
 * the catalogue's entry. The API decides the order
 * of the fields, so a person may have to move the lines by hand.
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
  // The line of equals signs is for a terminal; `git apply` starts to read at `---`.
  return [cluster, ...objectPatches(change), catalogue]
    .filter((patch) => patch.includes('@@'))
    .map((patch) => patch.slice(patch.indexOf('---')))
    .join('');
}

/** A new object has no file before, and a deleted one has none afterwards, as `git apply` wants it. */
function objectPatches({ component, before, after }: ManifestChange): readonly string[] {
  const [old, fresh] = [before.databaseRoles ?? [], after.databaseRoles ?? []];
  const objects = new Set([...old, ...fresh].map(({ object }) => object));
  return [...objects].map((object) => {
    const [was, is] = [old, fresh].map((all) => all.find((one) => one.object === object));
    const file = (side: string, entry: DatabaseRoleEntry | undefined): string =>
      entry === undefined ? '/dev/null' : `${side}/${object}.yaml`;
    return createTwoFilesPatch(
      file('a', was),
      file('b', is),
      objectManifest(component, was),
      objectManifest(component, is),
    );
  });
}

function objectManifest({ namespace }: Component, entry: DatabaseRoleEntry | undefined): string {
  if (entry === undefined) return '';
  return stringify({
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'DatabaseRole',
    metadata: { name: entry.object, namespace },
    spec: without(entry.spec, FILLED_IN_OBJECTS),
  });
}

/** The manifests of the roles' Secrets without a password, for people who want to see them. Git does not need them. */
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
      managed: { roles: roles.map((entry) => without(entry, FILLED_IN)) },
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

function without(entry: RoleEntry, defaults: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(entry).filter(([field, value]) => defaults[field] !== value));
}

function catalogueEntry({ name, namespace }: Component, strategy: string): string {
  return stringify({ components: [{ name, namespace, ...(strategy !== 'in-place' && { strategy }) }] });
}
