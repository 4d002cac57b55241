import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Document } from 'yaml';
import { helmTemplate, parseManifests, type Manifest } from '../chart/helm.ts';

/*
 * The chart's defaults as a Kustomize base. Kustomize has no values, so the base is the worker alone; the folder above
 * adds the catalogue and its Roles, as a site's own folder does with its own.
 */

const FOLDER = 'deploy/kustomize';
const HEADING = ' npm run generate writes this file of deploy/chart.';
const RIGHTS = new Set(['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding']);
/** Labels that say that Helm installed an object. */
const OF_HELM = ['helm.sh/chart', 'app.kubernetes.io/managed-by'];
/** Kustomize makes it of components.yaml, and gives it a name with a hash. */
const CATALOGUE = 'cnpg-rotator-components';

/** By path. */
export async function kustomizeFiles(): Promise<ReadonlyMap<string, string>> {
  const objects = parseManifests(await helmTemplate({})).map(withoutHelm);
  const isRight = ({ kind }: Manifest): boolean => RIGHTS.has(kind);
  const worker = objects.filter((one) => !isRight(one) && one.kind !== 'ConfigMap');
  return new Map([
    [`${FOLDER}/worker/kustomization.yaml`, kustomization({ resources: ['worker.yaml'] })],
    [`${FOLDER}/worker/worker.yaml`, documents([NAMESPACE, ...worker])],
    [`${FOLDER}/rights.yaml`, documents(objects.filter(isRight))],
    [
      `${FOLDER}/components.yaml`,
      readFileSync(fileURLToPath(new URL('../../components.yaml', import.meta.url)), 'utf8'),
    ],
    [
      `${FOLDER}/kustomization.yaml`,
      kustomization({
        resources: ['worker', 'rights.yaml'],
        configMapGenerator: [{ name: CATALOGUE, namespace: 'cnpg-rotator', files: ['components.yaml'] }],
      }),
    ],
  ]);
}

const NAMESPACE: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'cnpg-rotator' } };

/** Without what only Helm needs: its labels, and the checksum in whose place Kustomize has the name of the ConfigMap. */
export function withoutHelm(object: Manifest): Manifest {
  return JSON.parse(
    JSON.stringify(object, (key, value: unknown) =>
      OF_HELM.includes(key) || key === 'checksum/components' || isEmptied(key, value) ? undefined : value,
    ),
  ) as Manifest;
}

function isEmptied(key: string, value: unknown): boolean {
  return (
    key === 'annotations' &&
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).every((name) => name === 'checksum/components')
  );
}

function kustomization(fields: object): string {
  return documents([{ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', ...fields }]);
}

function documents(objects: readonly object[]): string {
  return objects
    .map((object, index) => {
      const document = new Document(object, { aliasDuplicateObjects: false });
      if (index === 0) document.commentBefore = HEADING;
      return document.toString({ lineWidth: 0, singleQuote: true });
    })
    .join('---\n');
}
