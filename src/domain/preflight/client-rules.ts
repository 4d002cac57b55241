import { describeClient, unknownAmong } from '../consumers/clients.ts';
import { blocking, warning } from '../finding.ts';
import { clusterName, type Rule } from './rule.ts';

/** A rotation restarts only what it knows. Everybody else keeps the old password and is refused afterwards. */
export const clientsAreKnown: Rule = ({ component, clients, login }) => {
  const judge = component.strict === true ? blocking : warning;
  if (clients === 'unknown') {
    // Other rules say why there is no login.
    if (component.strict !== true || login !== 'accepted') return undefined;
    return blocking(
      `Who is logged in to ${clusterName(component)} could not be read, and ${component.name} is rotated only when every client is known (strict).`,
      'Start again, or leave "strict" out.',
    );
  }
  const unknown = unknownAmong(clients);
  if (unknown.length === 0) return undefined;
  const addressesAlone = unknown.some(({ pods, address }) => pods.length === 0 && address !== undefined);
  const right =
    clients.podsUnread === true && addressesAlone
      ? ' The right "list pods" in all namespaces ("cnpg-rotate rights" prints it) names the pod of an address.'
      : '';
  return judge(
    `Logged in with the password of ${component.name}, and no consumer that the rotation knows: ${unknown.map(describeClient).join('; ')}. The rotation does not restart it, and PostgreSQL refuses it afterwards.`,
    `Let it read a Secret that the rotation changes and restarts it for, name its namespace in "consumers" of component "${component.name}", or give it the new password by hand afterwards.${right}`,
  );
};
