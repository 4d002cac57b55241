import type { AdoptionFacts, Deployment } from './facts.ts';
import { alternatingSpec, isSame, sameCluster, specBefore } from './spec.ts';

/** An object whose manifest an adoption changes. */
export interface ChangedObject extends Deployment {
  readonly kind: 'Cluster' | 'DatabaseRole';
  readonly name: string;
}

/** The objects that an adoption, or its undoing, changes or deletes. New objects are not among them. */
export function objectsToChange(facts: AdoptionFacts): readonly ChangedObject[] {
  const { direction, component, names, cluster, record } = facts;
  if (cluster === undefined) return [];
  const { spec: before, databaseRoles: deployments, fluxKustomization, deployer } = cluster;
  const after = direction === 'adopt' ? alternatingSpec(before, names) : specBefore(before, names, record ?? {});
  const changed = (before.databaseRoles ?? []).filter((one) => {
    const next = after.databaseRoles?.find(({ object }) => object === one.object);
    return !isSame(one.spec, next?.spec);
  });
  return [
    ...(sameCluster(before, after)
      ? []
      : [{ kind: 'Cluster' as const, name: component.cluster, fluxKustomization, deployer }]),
    ...changed.map(({ object }) => ({ kind: 'DatabaseRole' as const, name: object, ...deployments[object] })),
  ];
}
