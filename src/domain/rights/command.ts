import type { Right } from '../preflight/rights.ts';

/** An option of `cnpg-rotate rights`, and the value of the chart that means the same. */
interface RightsOption {
  readonly option: string;
  readonly value: string;
}

const EXEC: RightsOption = { option: '--exec', value: 'rights.exec' };
const PORT_FORWARD: RightsOption = { option: '--port-forward', value: 'rights.portForward' };
const DELETE_PODS: RightsOption = { option: '--delete-pods', value: 'rights.deletePods' };
const ADOPTION: RightsOption = { option: '--adoption', value: 'rights.adoption' };

/** The option that gives the right; undefined where the catalogue alone does. */
function optionFor({ verb, resource, subresource, namespace, name, manifest }: Right): RightsOption | undefined {
  if (manifest === 'deploy/rbac-adoption.yaml') return ADOPTION;
  if (subresource === 'exec') return EXEC;
  if (subresource === 'portforward' || resource === 'services') return PORT_FORWARD;
  if (resource === 'pods' && verb === 'delete') return DELETE_PODS;
  if (resource === 'databaseroles' && name !== undefined)
    return { option: `--database-role ${namespace}/${name}`, value: 'rights.more.databaseRoles' };
  return undefined;
}

/** What grants the rights: a command, and the chart's values. */
export function grantingCommand(rights: readonly Right[]): string {
  const options = rights.map(optionFor).filter((option) => option !== undefined);
  const flags = [...new Set(options.map(({ option }) => option))];
  const values = [...new Set(options.map(({ value }) => value))];
  const command = ['cnpg-rotate rights', ...flags, '| kubectl apply -f -'].join(' ');
  const chart = values.length === 0 ? 'With Helm, upgrade the release.' : `With Helm, set ${values.join(' and ')}.`;
  return `"${command}", with the options that you gave before. ${chart}`;
}
