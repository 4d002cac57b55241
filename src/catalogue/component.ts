import { z } from 'zod';
import { BUDGET_SECONDS, MAX_RESTART_SECONDS, MAX_WAIT_FOR_JOBS_SECONDS } from '../domain/budgets.ts';
import { alternatingProblems, defaultAlternating, MAX_IDENTIFIER_BYTES } from '../domain/alternating-names.ts';
import {
  STRATEGIES,
  type AlternatingRoles,
  type Component,
  type ConsumerNamespace,
  type ExceptedSecret,
  type NamedSecret,
} from '../domain/component.ts';
import { endsByItself } from '../domain/consumers/consumer.ts';
import { STAGING_ENDING } from '../domain/marks.ts';
import { kubernetesName, plainText, watchSeconds } from '../domain/rotation/input.ts';
import { hookSchema } from './hook.ts';
import { passwordSettings } from './password.ts';
import { sourceSchema } from './source.ts';

/**
 * A PostgreSQL identifier: at most 63 bytes. CNPG trims a Secret's `username`, and a name with control characters could
 * forge a line of a report.
 */
const identifier = plainText(MAX_IDENTIFIER_BYTES)
  .min(1)
  .refine((name) => name === name.trim(), 'must not begin or end with white space, which CNPG takes away')
  .refine(
    (name) => Buffer.byteLength(name) <= MAX_IDENTIFIER_BYTES,
    `must be at most ${MAX_IDENTIFIER_BYTES} bytes, as PostgreSQL cuts longer names`,
  );

/** Names that differ from the default names. The first role belongs to the first Secret. */
const alternating = z.strictObject({
  owner: identifier.optional(),
  roles: z.tuple([identifier, identifier]).optional(),
  secrets: z.tuple([kubernetesName, kubernetesName]).optional(),
  giveBack: z.boolean().optional(),
  neverDiscards: z.boolean().optional(),
  sessionUser: z.array(plainText(400).min(1)).optional(),
});

/** `litellm-env`, or `{name: litellm-env, keys: [DSN]}`, or `{name: litellm-env, keys: {DSN: "…{{password}}…"}}`. */
const namedSecret = z.union([
  kubernetesName.transform((name): NamedSecret => ({ name })),
  z
    .strictObject({
      name: kubernetesName,
      keys: z
        .union([
          z
            .array(z.string().min(1))
            .min(1)
            .transform((keys) => Object.fromEntries(keys.map((key) => [key, '']))),
          z.record(
            z.string().min(1),
            z
              .string()
              .refine((template) => template.split('{{password}}').length === 2, 'must have {{password}} in it, once'),
          ),
        ])
        .optional(),
    })
    .transform(({ name, keys }): NamedSecret => ({ name, keys })),
]);

const exceptedSecret = z.union([
  kubernetesName.transform((name): ExceptedSecret => ({ name })),
  z
    .strictObject({ name: kubernetesName, keys: z.array(z.string().min(1)).min(1).optional() })
    .transform(({ name, keys }): ExceptedSecret => ({ name, keys })),
]);

/** `Deployment/worker`, or `apps/Deployment/worker` in another namespace. */
const consumerName = z
  .string()
  .regex(
    /^(?:[a-z0-9][-a-z0-9]*\/)?[A-Z][A-Za-z0-9]*\/[a-z0-9][-a-z0-9.]*$/,
    'must be Kind/name, or namespace/Kind/name, such as Deployment/worker',
  )
  .transform((text) => {
    const [name = '', kind = '', namespace] = text.split('/').reverse();
    return { kind, namespace, name };
  });

/** `{kind: Workflow, name: etl}`, with a namespace where that is another one. */
const podOwner = z.strictObject({
  kind: z
    .string()
    .regex(/^[A-Z][A-Za-z0-9]*$/, 'must be a kind, such as Workflow')
    .refine((kind) => !endsByItself({ kind }), 'must be no Job or CronJob, whose pods end by themselves'),
  namespace: kubernetesName.max(63).optional(),
  name: kubernetesName,
});

/** `litellm-env`, or `apps/litellm-env` in another namespace. */
const secretName = z.union([
  kubernetesName,
  z.string().regex(/^[a-z0-9][-a-z0-9]*\/[a-z0-9][-a-z0-9.]*$/, 'must be "name" or "namespace/name"'),
]);

const consumerNamespace = z
  .strictObject({
    namespace: kubernetesName.max(63),
    secrets: z.array(namedSecret).default([]),
    notSecrets: z.array(exceptedSecret).default([]),
    copies: z.array(kubernetesName).default([]),
  })
  .transform((entry): ConsumerNamespace => entry);

/** One entry of the catalogue, with the default names filled in. Its source has no defaults yet. */
export const componentEntry = z
  .strictObject({
    name: kubernetesName.max(63),
    namespace: kubernetesName.max(63),
    cluster: kubernetesName.optional(),
    role: identifier.optional(),
    database: identifier.optional(),
    // The staging Secret has the Secret's name with an ending.
    secret: kubernetesName.max(253 - STAGING_ENDING.length).optional(),
    otherSecrets: z.array(namedSecret).default([]),
    consumers: z.array(consumerNamespace).optional(),
    notSecrets: z.array(exceptedSecret).default([]),
    secretOwners: z.record(secretName, plainText(200)).default({}),
    discover: z.boolean().default(true),
    leftBehind: z.array(consumerName).optional(),
    namesNoUser: z.array(consumerName).optional(),
    restartPods: z.array(podOwner).optional(),
    waitForJobsSeconds: z.int().min(0).max(MAX_WAIT_FOR_JOBS_SECONDS).optional(),
    strategy: z.enum(STRATEGIES).default('in-place'),
    restartSeconds: z.int().min(BUDGET_SECONDS.restart).max(MAX_RESTART_SECONDS).optional(),
    alternating: alternating.optional(),
    strict: z.boolean().optional(),
    watchSeconds: watchSeconds.optional(),
    hook: hookSchema.optional(),
    password: passwordSettings.optional(),
    source: sourceSchema.default({ kind: 'kubernetes' }),
  })
  .transform(({ name, namespace, cluster, role = name, database, secret, strategy, ...rest }, context) => {
    const resolved: Component = {
      name,
      namespace,
      cluster: cluster ?? `${name}-postgresql`,
      role,
      database: database ?? role,
      secret: secret ?? `${name}-db-secret`,
      otherSecrets: rest.otherSecrets,
      consumers: rest.consumers,
      notSecrets: rest.notSecrets,
      secretOwners: rest.secretOwners,
      discover: rest.discover,
      ...(rest.leftBehind && {
        leftBehind: rest.leftBehind.map((one) => ({ ...one, namespace: one.namespace ?? namespace })),
      }),
      ...(rest.namesNoUser && {
        namesNoUser: rest.namesNoUser.map((one) => ({ ...one, namespace: one.namespace ?? namespace })),
      }),
      ...(rest.restartPods && {
        restartPods: rest.restartPods.map((one) => ({ ...one, namespace: one.namespace ?? namespace })),
      }),
      ...(rest.waitForJobsSeconds !== undefined && { waitForJobsSeconds: rest.waitForJobsSeconds }),
      strategy,
      ...(rest.restartSeconds !== undefined && { restartSeconds: rest.restartSeconds }),
      alternating: toAlternating(defaultAlternating({ name, role }), rest.alternating),
      ...(rest.strict !== undefined && { strict: rest.strict }),
      ...(rest.watchSeconds !== undefined && { watchSeconds: rest.watchSeconds }),
    };
    const problems = strategy === 'alternating' || rest.alternating !== undefined ? alternatingProblems(resolved) : [];
    for (const message of problems) context.addIssue({ code: 'custom', path: ['alternating'], message });
    return { resolved, source: rest.source, hook: rest.hook, password: rest.password };
  });

function toAlternating(
  defaults: AlternatingRoles,
  { owner, roles, secrets, giveBack, neverDiscards, sessionUser }: z.output<typeof alternating> = {},
): AlternatingRoles {
  const [a, b] = defaults.logins;
  return {
    owner: owner ?? defaults.owner,
    logins: [
      { role: roles?.[0] ?? a.role, secret: secrets?.[0] ?? a.secret },
      { role: roles?.[1] ?? b.role, secret: secrets?.[1] ?? b.secret },
    ],
    ...(giveBack !== undefined && { giveBack }),
    ...(neverDiscards !== undefined && { neverDiscards }),
    ...(sessionUser !== undefined && { sessionUser }),
  };
}
