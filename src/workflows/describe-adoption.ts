import type { AdoptionPreflight, DeclareResult, SplitResult, WithdrawResult } from '../activities/types/index.ts';
import { roleSecrets, type AdoptionNames } from '../domain/adopt/index.ts';
import { blocks } from '../domain/finding.ts';

/* One line for each result of an adoption's own steps. */

export function preflight({ component, names, findings, done }: AdoptionPreflight): string {
  const { owner, logins } = names;
  const blocking = findings.filter(blocks).length;
  const where = `owner ${owner}, login roles ${logins.map(({ role }) => role).join(' and ')} on ${component.namespace}/${component.cluster}`;
  if (blocking > 0) return `${where}; ${blocking} finding${blocking === 1 ? '' : 's'} in the way`;
  return done ? `${where}; nothing to do` : where;
}

export function split({ secrets }: SplitResult): string {
  return `Secrets ${secrets.join(', ')} hold verifiers for CNPG`;
}

export function declare({ roles }: DeclareResult): string {
  const applied = roles.map(({ role, secret }) => `${role} from ${secret}`).join(', ');
  return `CNPG applied ${applied}; the current login still works`;
}

export function withdraw({ changed }: WithdrawResult): string {
  return changed ? 'CNPG dropped the login roles; the Cluster is as before' : 'no role was declared';
}

/** Objects that may exist although nothing was changed. */
export function leftovers(names: AdoptionNames): string {
  const secrets = roleSecrets(names).map(({ secret }) => secret);
  return `The Secrets ${secrets.join(', ')} may have been made. They hold verifiers of passwords that nobody knows, or of the current one. The next adoption uses them.`;
}
