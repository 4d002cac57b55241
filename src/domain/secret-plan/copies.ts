import { namedCopies, refIn, secretAt, type Component } from '../component.ts';
import { ownersOf, type SecretMetadata } from '../secrets/owners.ts';
import { secretsOfPlan, type SecretPlan } from './plan.ts';

/*
 * A copy follows its original: Reflector and kubernetes-replicator write it, and mark it with the original's name. Whoever
 * copies in another way is named in the catalogue. A rotation writes the original and waits until the copy has the value.
 * Who else writes a copy is no question then: the copier does, and it is meant to.
 */

/** The changing Secrets that are copies of other changing Secrets, or that the catalogue calls copies. */
export function copiesIn(
  component: Component,
  plan: Pick<SecretPlan, 'changes'>,
  secrets: ReadonlyMap<string, SecretMetadata>,
): readonly string[] {
  const changing = secretsOfPlan(plan);
  const named = namedCopies(component);
  const isCopy = (ref: string): boolean => {
    const secret = secrets.get(ref);
    if (named.includes(ref) || secret === undefined) return named.includes(ref);
    const originals = ownersOf(secret, []).flatMap(({ copyOf }) =>
      copyOf === undefined ? [] : [refOf(component, copyOf)],
    );
    return originals.some((original) => original !== ref && changing.includes(original));
  };
  // CNPG reads the main Secret. A main Secret that is a copy has another owner, which blocks.
  return changing.filter((ref) => ref !== component.secret && isCopy(ref));
}

/** @param original `namespace/name`, as a copier's annotation has it. */
function refOf(component: Component, original: string): string {
  return refIn(component, secretAt(component, original));
}
