import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { type Api, asObjects } from '../common/api.ts';
import type { KubernetesObject } from '../common/kubernetes-object.ts';
import { IMAGE } from '../common/names.ts';
import { logOf } from '../common/paths.ts';
import { waitUntil } from './wait.ts';

const containerSchema = z.looseObject({
  image: z.string(),
  /** 1.24 has none. */
  startupProbe: z.looseObject({}).optional(),
  readinessProbe: z.looseObject({}),
});
const deploymentSchema = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({ spec: z.looseObject({ containers: z.tuple([containerSchema]) }) }),
  }),
});

/** The image that a release's manifest has for the operator; undefined where the text is no such manifest. */
export function publishedImage(release: string): string | undefined {
  const documents = parseAllDocuments(release).map((document) => document.toJS() as unknown);
  const deployment = documents.find((one) => isRecord(one) && one['kind'] === 'Deployment');
  return deploymentSchema.safeParse(deployment).data?.spec.template.spec.containers[0].image;
}

/** The release's own manifest, with what a machine without a registry needs changed in its one Deployment. */
export function operatorManifest(release: string, version: string): KubernetesObject[] {
  const documents = parseAllDocuments(release).map((document) => document.toJS() as unknown);
  return asObjects(documents, `the release manifest of CloudNativePG ${version}`).map((object) =>
    object.kind === 'Deployment' ? adaptDeployment(object, IMAGE.cnpg(version)) : object,
  );
}

function adaptDeployment(object: KubernetesObject, image: string): KubernetesObject {
  const published = deploymentSchema.parse(object).spec.template.spec.containers[0].image;
  // The image is also named in an environment variable: the operator starts its clusters' pods from it.
  const adapted = replaceText(object, published, image) as KubernetesObject;
  const container = deploymentSchema.parse(adapted).spec.template.spec.containers[0];
  Object.assign(container, {
    imagePullPolicy: 'IfNotPresent',
    // A tenth of a core, the release's limit, makes the operator's start the longest wait of all.
    resources: { requests: { cpu: '50m', memory: '100Mi' } },
    startupProbe: { ...(container.startupProbe ?? container.readinessProbe), periodSeconds: 1, failureThreshold: 120 },
    readinessProbe: { ...container.readinessProbe, periodSeconds: 2 },
  });
  const spec = { template: { spec: { containers: [container] } } };
  return merge(adapted, { spec }) as KubernetesObject;
}

function replaceText(value: unknown, from: string, to: string): unknown {
  if (value === from) return to;
  if (Array.isArray(value)) return value.map((entry) => replaceText(entry, from, to));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, replaceText(entry, from, to)]));
}

function merge(base: unknown, over: unknown): unknown {
  if (!isRecord(base) || !isRecord(over)) return over;
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) merged[key] = merge(base[key], value);
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const definitionSchema = z.looseObject({
  status: z.looseObject({ conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })) }),
});

export async function applyOperator(api: Api, file: string, version: string, signal: AbortSignal): Promise<void> {
  const objects = operatorManifest(readFileSync(file, 'utf8'), version);
  const isDefinition = ({ kind }: KubernetesObject) => kind === 'CustomResourceDefinition';
  const definitions = objects.filter(isDefinition);
  await Promise.all(definitions.map((definition) => api.apply(definition)));
  await api.applyAll(objects.filter((object) => !isDefinition(object)));
  for (const { metadata } of definitions) {
    await waitUntil(
      { until: `the API server serves ${metadata.name}`, seconds: 30, log: logOf('kube-apiserver'), signal },
      async () => {
        const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${metadata.name}`;
        const { conditions } = (await api.get(path, definitionSchema)).status;
        return conditions.some(({ type, status }) => type === 'Established' && status === 'True') || undefined;
      },
    );
  }
}
