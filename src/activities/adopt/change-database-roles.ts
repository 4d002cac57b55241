import { isSame, type DatabaseRoleEntry, type RoleSpec } from '../../domain/adopt/index.ts';
import { objectName, type Component } from '../../domain/component.ts';
import { changedMeanwhile, RotationError } from '../../domain/failures.ts';
import { COMPONENT_LABEL, MANAGED_BY, PRODUCT } from '../../domain/marks.ts';
import type { DeclaredRoles } from '../../kubernetes/role-specs.ts';
import type { Dependencies } from '../dependencies.ts';

/**
 * Creates, changes and deletes DatabaseRoles, so that they are as wanted.
 * Running it twice is safe: what is so already is left alone, and each write names the version on which it was decided.
 */
export async function changeDatabaseRoles(
  deps: Dependencies,
  component: Component,
  declared: DeclaredRoles,
  { databaseRoles: wanted = [] }: RoleSpec,
): Promise<void> {
  const { databaseRoles: found = [] } = declared.facts.spec;
  const versionOf = ({ object }: DatabaseRoleEntry) => declared.databaseRoles.find(({ name }) => name === object);
  for (const entry of wanted) {
    const before = found.find(({ object }) => object === entry.object);
    const version = versionOf(entry);
    if (before === undefined || version === undefined) await create(deps, component, entry);
    else if (!isSame(before.spec, entry.spec)) {
      const changed = Object.entries(entry.spec).filter(([field, value]) => !isSame(before.spec[field], value));
      if (!(await deps.databaseRoles.change(component.namespace, version, Object.fromEntries(changed))))
        throw changedMeanwhile('DatabaseRole', component.namespace, entry.object);
    }
  }
  for (const entry of found) {
    const version = versionOf(entry);
    if (version !== undefined && !wanted.some(({ object }) => object === entry.object))
      await deps.databaseRoles.delete(component.namespace, version);
  }
}

async function create(deps: Dependencies, component: Component, { object, spec }: DatabaseRoleEntry): Promise<void> {
  const { namespace, cluster } = component;
  const labels = { [MANAGED_BY]: PRODUCT, [COMPONENT_LABEL]: component.name };
  if (await deps.databaseRoles.create(namespace, object, { labels, spec })) return;
  // The answer to an earlier attempt may have been lost.
  const now = await deps.databaseRoles.ofCluster(namespace, cluster);
  if (now.some(({ metadata, spec: { name } }) => metadata.name === object && name === spec.name)) return;
  throw new RotationError(
    'RoleNotMade',
    `${objectName('DatabaseRole', namespace, object)} exists already and declares another role than "${spec.name}" of ${objectName('Cluster', namespace, cluster)}. Delete it if nobody needs it, or name another Secret for the role ("alternating.secrets" in the catalogue): the DatabaseRole gets the Secret's name.`,
  );
}
