import { z } from 'zod';
import { gitSchema } from './git-schema.ts';
import { describeMoment, MOMENTS } from './moments.ts';
import { POSTGRES_VERSIONS } from '../embedded/postgres/versions.ts';
import { reloadersSection } from './reloader-section.ts';

/*
 * What a world's file may say. docs/worlds.md explains it to those who write one; what is not named here is refused,
 * with the path of the field.
 */

/** How a command may end; `refused`: it did not begin. */
export const OUTCOMES = [
  'rotated',
  'unchanged',
  'rolled-back',
  'needs-attention',
  'adopted',
  'undone',
  'planned',
  'partly',
  'failed',
  'refused',
] as const;
export type WorldOutcome = (typeof OUTCOMES)[number];

/** An object as `kubectl apply` takes it. */
const kubernetesObject = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({ name: z.string().min(1), namespace: z.string().exactOptional() }),
});

const regex = z.string().refine(isRegex, 'is not a regular expression');

/** `litellm-db-secret`, or `databases/litellm-db-secret` outside of the first component's namespace. */
const secretName = z.string().min(1);
const secretKey = z.string().regex(/^[^/]+(\/[^/]+){1,2}$/, 'must be secret/key, or namespace/secret/key');

/** A Rollout is Argo's; a CronJob starts nothing by its schedule. */
export const APPLICATION_KINDS = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Rollout',
  'Job',
  'CronJob',
  'Pod',
] as const;

/** An application of the sandbox: it logs in again and again with what it reads. */
const application = z.strictObject({
  name: z.string().min(1),
  namespace: z.string().optional(),
  kind: z.enum(APPLICATION_KINDS).default('Deployment'),
  /** A DaemonSet, a Job and a Pod have one in any case. */
  replicas: z.int().min(1).max(6).default(1),
  /** A Job, or a Pod, ends well so long after its start. Default: never. */
  endsAfterSeconds: z.number().positive().optional(),
  /** Variables from Secrets: `DATABASE_URL: litellm-db-secret/uri`. */
  reads: z.record(z.string(), secretKey).default({}),
  /** Variables with a value of their own. */
  env: z.record(z.string(), z.string()).default({}),
  /** Its pods become ready so long after their start. Default: as soon as they log in. */
  readyAfterSeconds: z.number().min(0).optional(),
  /** Its pods never become ready. */
  neverReady: z.boolean().default(false),
  /** Whether Reloader restarts it. */
  reloader: z.boolean().default(true),
  annotations: z.record(z.string(), z.string()).default({}),
  labels: z.record(z.string(), z.string()).default({}),
});

const when = {
  /** The moment at which it is done; by default as the first command begins. */
  when: z.enum(MOMENTS, `must be one of ${MOMENTS.map(describeMoment).join('; ')}`).default('start'),
  /** So long after the moment. */
  seconds: z.number().min(0).default(0),
};

/** Somebody else, who does one thing. */
const actor = z.union([
  /** Writes into a Secret, once. */
  z.strictObject({
    ...when,
    writes: z.strictObject({ secret: secretName, stringData: z.record(z.string(), z.string()) }),
  }),
  /** An owner that puts a Secret back to what it held before, whenever it was changed; `seconds` after the change. */
  z.strictObject({ reverts: secretName, seconds: z.number().min(0).default(0) }),
  /** Makes a Job of a CronJob, as its schedule does. */
  z.strictObject({ ...when, starts: z.strictObject({ cronJob: z.string(), namespace: z.string().optional() }) }),
  z.strictObject({ ...when, deletes: z.strictObject({ kind: z.enum(['Secret', 'Pod']), name: z.string() }) }),
  /** Merges into an object that is there; its `status` too, as an operator would write it. */
  z.strictObject({ ...when, merges: kubernetesObject }),
  /** The worker is away for so many seconds. */
  z.strictObject({ ...when, stopsWorkerSeconds: z.number().positive() }),
  /** SQL of the superuser, in the first component's database. */
  z.strictObject({ ...when, sql: z.string() }),
]);

/** Somebody terminates the workflow in this step, and nothing more is awaited. */
const terminatedIn = z.enum(['prepare', 'publish', 'restart', 'drain', 'retire', 'verify', 'withdraw']).optional();

const rotateOptions = z.strictObject({
  terminatedIn,
  component: z.string().optional(),
  reason: z.string().optional(),
  strategy: z.enum(['in-place', 'alternating']).optional(),
  endOldSessions: z.boolean().optional(),
  strict: z.boolean().optional(),
  watchSeconds: z.int().min(0).optional(),
});

const adoptOptions = z.strictObject({
  terminatedIn,
  component: z.string().optional(),
  ownerSecret: z.string().optional(),
  dryRun: z.boolean().optional(),
  reason: z.string().optional(),
});

/** A command of the product, or something that is done between two. */
const action = z.union([
  z.enum(['check', 'rotate', 'adopt', 'undo', 'batch']),
  z.strictObject({ rotate: rotateOptions }),
  z.strictObject({ adopt: adoptOptions }),
  z.strictObject({ undo: adoptOptions }),
  z.strictObject({
    batch: z.strictObject({ components: z.array(z.string()).optional(), concurrency: z.int().min(1).optional() }),
  }),
  z.strictObject({ sql: z.string() }),
  z.strictObject({ apply: z.array(kubernetesObject).min(1) }),
  z.strictObject({ delete: z.array(kubernetesObject).min(1) }),
  /** Waits, as the world itself needs it: for an owner that writes a minute later. */
  z.strictObject({ waitSeconds: z.number().positive() }),
]);

const check = z.strictObject({
  /** Rules or types; exactly these block. */
  blocking: z.array(z.string()).optional(),
  /** Rules or types; these are told, and maybe others. */
  warnings: z.array(z.string()).optional(),
  ready: z.boolean().optional(),
});

const plan = z.strictObject({
  /** `secret/key`, or `secret` where any of its keys does; exactly these change. */
  changes: z.array(z.string()).optional(),
  leftAlone: z.array(z.string()).optional(),
  unclear: z.array(z.string()).optional(),
  /** `Deployment/litellm`. */
  workloads: z.array(z.string()).optional(),
});

const expectations = z.strictObject({
  outcome: z.enum(OUTCOMES).optional(),
  exitCode: z.int().optional(),
  /** The failure's type. */
  cause: z.string().optional(),
  /** What `check` says before anything is done. */
  check: check.optional(),
  /** The same, when all is done. */
  checkAfter: check.optional(),
  /** What `check` says that a rotation would do. */
  plan: plan.optional(),
  /** Each Secret that changed with exactly the keys that did. Every other one is byte for byte as before. */
  changed: z.record(secretName, z.array(z.string()).min(1)).optional(),
  /** Texts of Secrets afterwards; `{{new password}}` and `{{old password}}` stand for those of the first component. */
  secrets: z.record(secretName, z.record(z.string(), z.string())).default({}),
  /** Secrets that a rotation may have made, as an adoption does. */
  newSecrets: z.array(secretName).optional(),
  /** Secrets that somebody deletes, as CNPG does with the superuser's. */
  goneSecrets: z.array(secretName).default([]),
  /** `Deployment/litellm`: its pod template is another one. */
  restarted: z.array(z.string()).optional(),
  notRestarted: z.array(z.string()).default([]),
  /** `Deployment/litellm: 1`: how often its pod template became another one. */
  rollouts: z.record(z.string(), z.int().min(0)).default({}),
  /** Workloads whose pods all log in afterwards. Default: all that did before. */
  logsIn: z.array(z.string()).optional(),
  /** Workloads none of whose pods was refused after the last command had ended. */
  neverRefused: z.array(z.string()).default([]),
  /** Logins that PostgreSQL refuses afterwards. */
  refused: z.array(z.strictObject({ username: z.string(), password: z.string() })).default([]),
  /** Regular expressions; each fits a client that is left behind, and each such client fits one. */
  leftBehind: z.array(regex).optional(),
  /** Regular expressions; one warning each. */
  warnings: z.array(regex).default([]),
  /** No warning but those that every rotation in a sandbox gives. */
  noWarnings: z.boolean().default(false),
  /** Regular expressions on everything that the product printed. */
  says: z.array(regex).default([]),
  neverSays: z.array(regex).default([]),
  /** Queries of the superuser in the first component's database, and what they print. */
  sql: z.record(z.string(), z.string()).default({}),
});

export const worldSchema = z.strictObject({
  /** What it is, in a sentence. */
  world: z.string().min(1),
  /** The row of the table of cases. */
  case: z.string().optional(),
  /** Why the right answer is not expected yet: the world has to be red, and fails when it is not. */
  open: z.string().min(1).optional(),
  /** Why no sandbox can play it: it is kept as a description. */
  unplayable: z.string().min(1).optional(),
  cluster: z.strictObject({ embedded: z.boolean().default(true), real: z.boolean().default(false) }).prefault({}),
  /** It is part of `npm test`. */
  quick: z.boolean().default(false),
  /** It takes minutes: it is played when it is named, or with --slow. */
  slow: z.boolean().default(false),
  /** A world that takes longer is red. On the real cluster: twice as long. */
  limitSeconds: z.int().min(5).max(900).default(150),
  /** In the form of components.yaml. */
  catalogue: z.looseObject({
    components: z.array(z.looseObject({ name: z.string().min(1), namespace: z.string().min(1) })).min(1),
  }),
  /** What is there. A role's Secret, its Cluster and an application are made where the file has none. */
  objects: z.array(kubernetesObject).default([]),
  applications: z.array(application).optional(),
  /** Objects that are not made although the file has none: `Secret/litellm-db-secret`. */
  absent: z.array(z.string()).default([]),
  database: z
    .strictObject({
      /** Of the first component's database. Default: the role's. The catalogue may say something else. */
      name: z.string().min(1).optional(),
      /** Lines of pg_hba.conf, before CNPG's own last one. */
      hba: z.array(z.string()).default([]),
      /** SQL of the superuser, in the first component's database, before all else. */
      sql: z.string().optional(),
      /** Merged into the spec of the Clusters that are made. */
      spec: z.looseObject({}).default({}),
      /** The version of PostgreSQL; the embedded sandbox alone has several. Default: the sandbox's. */
      postgresql: z.enum(POSTGRES_VERSIONS).optional(),
    })
    .prefault({}),
  /** Its Secrets come from Git, by Flux. */
  git: gitSchema.optional(),
  actors: z.array(actor).default([]),
  /** Reloaders of the world's own; default: the sandbox's one. */
  reloaders: reloadersSection,
  rights: z
    .strictObject({
      /** Those of deploy/rbac-adoption.yaml. Default: where an adoption or an undoing is done. */
      adoption: z.boolean().optional(),
      /** `create pods/portforward`, `get secrets litellm-postgresql-ca`, `* events`. */
      without: z
        .array(z.string().regex(/^[*a-z,]+ [a-z/]+( [-a-z0-9.]+)*$/, 'must be "verbs resource [names…]"'))
        .default([]),
    })
    .prefault({}),
  do: z.union([action, z.array(action).min(1)]).default('check'),
  expect: expectations,
});

export type World = z.output<typeof worldSchema>;
export type Actor = World['actors'][number];
export type Action = z.output<typeof action>;
export type RotateOptions = z.output<typeof rotateOptions>;
export type AdoptOptions = z.output<typeof adoptOptions>;
export type Expectations = World['expect'];
export type Application = z.output<typeof application>;
export type KubernetesManifest = z.output<typeof kubernetesObject>;

function isRegex(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
