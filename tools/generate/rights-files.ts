import { fileURLToPath } from 'node:url';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { rightsYaml } from '../../src/cli/rights-yaml.ts';
import {
  DEFAULT_ACCOUNT,
  DEFAULT_RIGHTS,
  grantsOf,
  type Grant,
  type RightsOptions,
} from '../../src/domain/rights/index.ts';

/** A worker outside of the cluster, every login role, and whatever a rotation can do without. */
const EVERYTHING: RightsOptions = {
  ...DEFAULT_RIGHTS,
  ...{ exec: true, portForward: true, deletePods: true, adoption: true, alternating: true, databaseRoles: true },
  more: { ...DEFAULT_RIGHTS.more, configMaps: [{ namespace: 'flux-system', name: 'cluster-settings' }] },
};

const COMMAND = 'npm run generate';
const ROTATION = `cnpg-rotate rights --exec --port-forward --delete-pods --alternating --database-roles`;

const HEADINGS = {
  'rbac.yaml': `What the worker may do for the four shipped components: ${ROTATION} --account
${COMMAND} writes this file. For another catalogue, print the rights of that one.`,
  'rbac-adoption.yaml': `What the worker may do besides while it adopts a component (cnpg-rotate adopt, and its --undo). Delete it afterwards:
${ROTATION} --only adoption
${COMMAND} writes this file.`,
  'rbac-consumers.yaml': `An example: what the worker may do in another namespace, which the catalogue names under "consumers".
${COMMAND} writes this file of tools/generate/catalogues/consumers.yaml.`,
  'rbac-gitops.yaml': `An example: what the worker may do with Flux's objects, for components with the source gitops.
${COMMAND} writes this file of tools/generate/catalogues/gitops.yaml.`,
} as const;

/** The files of deploy/ that grant rights, by name. */
export function rightsFiles(): ReadonlyMap<string, string> {
  const shipped = of('../../components.yaml');
  const files: Readonly<Record<keyof typeof HEADINGS, readonly Grant[]>> = {
    'rbac.yaml': shipped.filter(({ purpose, namespace }) => purpose === 'rotation' && namespace !== 'flux-system'),
    'rbac-adoption.yaml': shipped.filter(({ purpose }) => purpose === 'adoption'),
    'rbac-consumers.yaml': of('catalogues/consumers.yaml').filter(({ namespace }) => namespace === 'apps'),
    'rbac-gitops.yaml': of('catalogues/gitops.yaml').filter(({ namespace }) => namespace === 'flux-system'),
  };
  return new Map(
    Object.entries(files).map(([name, grants]) => [
      `deploy/${name}`,
      rightsYaml(
        { grants, account: DEFAULT_ACCOUNT, withAccount: name === 'rbac.yaml' },
        HEADINGS[name as keyof typeof HEADINGS],
      ),
    ]),
  );
}

function of(catalogue: string): readonly Grant[] {
  const { components } = loadCatalogue(fileURLToPath(new URL(catalogue, import.meta.url)));
  return grantsOf(components, EVERYTHING);
}
