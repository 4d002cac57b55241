import { refIn, secretAt, secretObject } from '../component.ts';
import { bringsCommits, writesByItself, type SecretOwner } from '../secrets/owners.ts';
import { LAST_APPLIED } from '../secrets/last-applied.ts';
import type { PreflightFacts } from './facts.ts';
import { type Rule } from './rule.ts';
import { blocking, warning } from '../finding.ts';
import { allSecrets } from './secret-rules.ts';

/* Rules about others who write a Secret of the rotation, and would write the old password again. */

export const secretsHaveNoOtherOwner: Rule = (facts) => {
  const owned = ownersIn(facts).filter(({ owner, excuse }) => writesByItself(owner) && excuse === undefined);
  if (owned.length === 0) return undefined;
  const { name: component } = facts.component;
  const names = [...new Set(owned.map(({ secret }) => secret))];
  return blocking(
    `${owned.map((one) => describe(facts, one)).join(' ')} The owner would put the old password back, and CNPG would apply it.`,
    `${[...new Set(owned.map(({ owner }) => owner.advice))].join(' ')} If the owner leaves the password alone, say why in the catalogue: secretOwners: {${names.map((name) => `${name}: "…"`).join(', ')}} of "${component}".`,
  );
};

/** Owners with an excuse in the catalogue, and manifests that a person applies at any time. */
export const nobodyWritesTheSecretsAgain: Rule = (facts) => {
  const noted = ownersIn(facts).filter(({ owner, excuse }) => !writesByItself(owner) || excuse !== undefined);
  if (noted.length === 0) return undefined;
  const applied = noted.filter(({ excuse }) => excuse === undefined);
  const again =
    applied.length === 0 ? '' : ' The next apply of that manifest with --force-conflicts brings the old password back.';
  return warning(
    `${noted.map((one) => describe(facts, one)).join(' ')}${again}`,
    applied.length === 0
      ? `Take secretOwners of "${facts.component.name}" out of the catalogue when that is no longer so.`
      : [...new Set(applied.map(({ owner }) => owner.advice))].join(' '),
  );
};

export const lastAppliedHoldsNoPassword: Rule = (facts) => {
  const { component, gitops } = facts;
  // The configuration's command may use `kubectl apply`, and then it applies the changed commit.
  if (gitops?.reconcilesByCommand === true) return undefined;
  const names = allSecrets(facts).flatMap(({ name, lastAppliedHoldsPassword }) =>
    lastAppliedHoldsPassword === true ? [name] : [],
  );
  if (names.length === 0) return undefined;
  const clean = names.map((one) => {
    const { namespace, name } = secretAt(component, one);
    return `kubectl -n ${namespace} annotate secret ${name} ${LAST_APPLIED}-`;
  });
  return warning(
    `${names.map((name) => secretObject(component, name)).join(' and ')} has the annotation of "kubectl apply" with the password in it: the annotation shows the password to whoever may read the Secret's metadata, and the next "kubectl apply" of that manifest brings it back.`,
    `Take the password out of the manifest that is applied, then: ${clean.join(' && ')}`,
  );
};

interface Owned {
  readonly secret: string;
  readonly owner: SecretOwner;
  /** The catalogue's reason why the owner may write the Secret. */
  readonly excuse: string | undefined;
}

function ownersIn(facts: PreflightFacts): readonly Owned[] {
  const { component, gitops } = facts;
  const all = allSecrets(facts);
  const excuses = new Map(Object.entries(component.secretOwners));
  const ours = all.map(({ name }) => name);
  return all
    .filter(({ isCopy }) => isCopy !== true)
    .flatMap(({ name: secret, owners = [] }) => owners.map((owner) => ({ secret, owner, excuse: excuses.get(secret) })))
    .filter(({ owner }) => !(gitops?.reconcilesByCommand === true && bringsCommits(owner)))
    .filter(
      ({ owner }) => owner.copyOf === undefined || !ours.includes(refIn(component, secretAt(component, owner.copyOf))),
    );
}

function describe({ component }: PreflightFacts, { secret, owner, excuse }: Owned): string {
  const said = excuse === undefined ? '' : `, of which the catalogue says: "${excuse}"`;
  const how = writesByItself(owner) ? 'is written by' : 'has its password from';
  return `${secretObject(component, secret)} ${how} ${owner.name}${said}.`;
}
