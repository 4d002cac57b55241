import { namespacesOf, secretObject } from '../component.ts';
import { howToAnswer } from '../secret-plan/answers.ts';
import { describePlace, type UntouchedPlace } from '../secret-plan/plan.ts';
import type { PreflightFacts } from './facts.ts';
import { clusterName, reloadCommand, secretName, type Rule } from './rule.ts';
import { blocking, warning } from '../finding.ts';

/* Rules about the plan of the Secrets: places that are unclear, unknown or wrong. */

export const placesAreClear: Rule = ({ component, plan: { unclear } }) => {
  const [first] = unclear;
  if (first === undefined) return undefined;
  return blocking(
    `It is not clear whether these change with the password: ${unclear.map((one) => describe(component, one)).join('; ')}. Nothing is written before the catalogue says so.`,
    howToAnswer(component, first),
  );
};

/** CNPG accepts a verifier, but nobody can log in with a verifier. Then another Secret has to hold the password. */
export const passwordIsKnown: Rule = ({ component, passwordUnknown }) => {
  if (!passwordUnknown) return undefined;
  return blocking(
    `${secretName(component)} holds a verifier, and no Secret of ${namespacesOf(component)
      .map((one) => `namespace ${one}`)
      .join(' and ')} was found that logs in as "${component.role}": nobody would get the new password.`,
    `Name the Secret that the application reads as otherSecrets of "${component.name}" in the catalogue, or check with "kubectl -n ${component.namespace} get secrets" that there is one.`,
  );
};

export const secretsAreUpToDate: Rule = ({ component, plan: { changes } }) => {
  const stale = changes.filter((change) => change.stale === true);
  if (stale.length === 0) return undefined;
  const places = stale.map(({ secret, place }) => describe(component, { secret, ...place, why: '' })).join('; ');
  return warning(
    `These log in as the role of ${clusterName(component)} with a text that PostgreSQL does not accept: ${places}. The rotation writes the new password there; going back brings the old text back.`,
    `Where that is not wanted, name the Secret under notSecrets of "${component.name}" in the catalogue. Where CNPG has not applied the Secret yet: ${reloadCommand(component)}`,
  );
};

export const passwordIsNotShared: Rule = ({ component, plan: { leftAlone } }) => {
  if (leftAlone.length === 0) return undefined;
  return warning(
    `These are left alone: ${leftAlone.map((one) => describe(component, one)).join('; ')}.`,
    'Where one holds the same password for another user, give that user a password of its own.',
  );
};

export const passwordIsStrong: Rule = ({ component, passwordWeakness }) => {
  if (passwordWeakness === undefined) return undefined;
  return warning(
    `The password of now in ${secretName(component)} can be guessed: it ${passwordWeakness}.`,
    `Rotate it: cnpg-rotate rotate ${component.name}`,
  );
};

function describe(component: PreflightFacts['component'], { secret, why, ...place }: UntouchedPlace): string {
  return `${secretObject(component, secret)}, ${describePlace(place)}${why === '' ? '' : ` (${why})`}`;
}
