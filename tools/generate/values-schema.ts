import { z } from 'zod';
import { catalogueShape } from '../../src/catalogue/catalogue.ts';
import { WORKLOAD_KINDS } from '../../src/domain/component.ts';
import { kubernetesName } from '../../src/domain/rotation/input.ts';

/*
 * `deploy/chart/values.schema.json`: what Helm refuses before it renders. `components`, `gitops`, `hook` and `password` have
 * the schema with which the worker reads its catalogue. Kubernetes' own structures are left to the API server.
 */

const objectRef = z.string().regex(/^[a-z0-9][-a-z0-9]*\/[a-z0-9][-a-z0-9.]*$/);
const workloadRef = z
  .string()
  .regex(new RegExp(`^[a-z0-9][-a-z0-9]*/(${WORKLOAD_KINDS.join('|')})/[a-z0-9][-a-z0-9.]*$`));
const labels = z.record(z.string(), z.string());
const port = z.int().min(1).max(65_535);
/** Empty: the default, as the comment in values.yaml says. */
const nameOrDefault = z.union([z.literal(''), kubernetesName]);
const fileName = z.string().regex(/^[-._a-zA-Z0-9]+$/);
const duration = z.string().regex(/^([0-9]+(ms|s|m|h))+$/);
const auto = z.union([z.literal('auto'), z.boolean()]);
/** A structure of Kubernetes. */
const object = z.looseObject({});
const objects = z.array(object);

const secretKey = z.strictObject({ name: nameOrDefault, key: fileName });

const temporal = z.strictObject({
  address: z.string().regex(/^[^\s:/]+:[0-9]+$/),
  namespace: z.string().min(1),
  taskQueue: z.string().regex(/^[\w.:/-]+$/),
  tls: z.strictObject({
    enabled: z.boolean(),
    serverName: z.string(),
    caSecret: secretKey,
    clientSecret: z.strictObject({ name: nameOrDefault, certKey: fileName, keyKey: fileName }),
  }),
  apiKeySecret: secretKey,
  payloadKeySecret: secretKey,
});

const rights = z.strictObject({
  create: z.boolean(),
  exec: z.boolean(),
  portForward: z.boolean(),
  deletePods: z.boolean(),
  adoption: z.boolean(),
  alternating: z.boolean(),
  gitops: z.boolean(),
  databaseRoles: z.boolean(),
  clientsElsewhere: z.boolean(),
  more: z.strictObject({
    databaseRoles: z.array(objectRef),
    secrets: z.array(objectRef),
    configMaps: z.array(objectRef),
    workloads: z.array(workloadRef),
  }),
});

const valuesSchema = z
  .strictObject({
    /** Empty by default; the chart then says what to do. */
    components: z.array(catalogueShape.components.element),
    gitops: catalogueShape.gitops,
    hook: catalogueShape.hook,
    password: catalogueShape.password,
    temporal,
    image: z.strictObject({
      repository: z.string().min(1),
      tag: z.string(),
      digest: z.union([z.literal(''), z.string().regex(/^sha256:[0-9a-f]{64}$/)]),
      pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
    }),
    imagePullSecrets: z.array(z.strictObject({ name: kubernetesName })),
    replicas: z.int().min(0),
    rights,
    admissionPolicy: z.strictObject({ enabled: z.boolean() }),
    versioning: z.strictObject({ enabled: z.boolean(), deploymentName: z.string(), buildId: z.string() }),
    workerController: z.strictObject({
      enabled: z.boolean(),
      connection: nameOrDefault,
      rollout: z.strictObject({
        strategy: z.enum(['Manual', 'AllAtOnce', 'Progressive']),
        steps: z
          .array(z.strictObject({ rampPercentage: z.int().min(1).max(99), pauseDuration: duration }))
          .max(20)
          .optional(),
        gate: object.optional(),
      }),
      sunset: z.strictObject({ scaledownDelay: duration.optional(), deleteDelay: duration.optional() }),
    }),
    http: z.strictObject({ port }),
    monitoring: z.strictObject({
      podMonitor: z.strictObject({ enabled: auto, interval: duration, labels }),
      prometheusRule: z.strictObject({ enabled: auto, labels }),
      dashboard: z.strictObject({ enabled: z.boolean(), labels }),
    }),
    networkPolicy: z.strictObject({
      enabled: z.boolean(),
      apiServer: z.strictObject({ ports: z.array(port).min(1), cidrs: z.array(z.string()) }),
      temporal: z.strictObject({ to: objects }),
      git: z.strictObject({ ports: z.array(port).min(1), to: objects }),
      metrics: z.strictObject({ from: objects }),
      extraEgress: objects,
    }),
    podDisruptionBudget: z.strictObject({
      enabled: z.boolean(),
      maxUnavailable: z.union([z.int().min(0), z.string().regex(/^[0-9]+%$/)]),
    }),
    serviceAccount: z.strictObject({ create: z.boolean(), name: nameOrDefault, annotations: labels }),
    scratch: z.strictObject({ sizeLimit: z.string().min(1) }),
    resources: object,
    terminationGracePeriodSeconds: z.int().min(5),
    priorityClassName: nameOrDefault,
    nodeSelector: labels,
    tolerations: objects,
    affinity: object,
    topologySpreadConstraints: objects,
    podLabels: labels,
    podAnnotations: labels,
    commonLabels: labels,
    extraEnv: objects,
    extraVolumes: objects,
    extraVolumeMounts: objects,
    fullnameOverride: nameOrDefault,
    /** Helm gives these to every chart that is part of another one. */
    global: object.optional(),
  })
  .partial();

/** Draft 7, which every Helm 3 and the editors read. */
function valuesSchemaJson(): object {
  return z.toJSONSchema(valuesSchema, { io: 'input', target: 'draft-7' });
}

/** The file, by its path. */
export function valuesSchemaFile(): ReadonlyMap<string, string> {
  return new Map([['deploy/chart/values.schema.json', `${JSON.stringify(valuesSchemaJson(), undefined, 2)}\n`]]);
}
