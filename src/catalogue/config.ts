import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { gitOpsSettings, sourceSchema, toGitOpsSource, type GitOpsSettings } from './source.ts';
import {
  alternatingProblems,
  alternatingSourceProblem,
  defaultAlternating,
  MAX_IDENTIFIER_BYTES,
  STRATEGIES,
  type AlternatingRoles,
  type Component,
  type ExceptedSecret,
  type NamedSecret,
} from '../domain/component.ts';
import { RotationError, messageOf } from '../domain/failures.ts';
import { describeIssues, plainText } from '../domain/rotation/input.ts';

/** The Task Queue on which starters and workers meet, unless the environment names another. */
export const TASK_QUEUE = 'cnpg-rotator';

/** As long as Temporal lets it be. */
const MAX_TASK_QUEUE_LENGTH = 1_000;

/**
 * The Task Queue by `CNPG_ROTATOR_TASK_QUEUE`: workers of several Kubernetes clusters on one Temporal namespace need one
 * each, and whoever starts a rotation names that of its cluster.
 * @throws RotationError `InvalidConfiguration`.
 */
export function taskQueue(name = process.env['CNPG_ROTATOR_TASK_QUEUE']): string {
  if (name === undefined || name === '') return TASK_QUEUE;
  if (name.length <= MAX_TASK_QUEUE_LENGTH && /^[\w.:/-]+$/.test(name)) return name;
  throw new RotationError(
    'InvalidConfiguration',
    `CNPG_ROTATOR_TASK_QUEUE must be a name of letters, digits and "._:/-", at most ${MAX_TASK_QUEUE_LENGTH} characters.`,
  );
}

/** The Task Queue of a command with --local, and of "up" besides: workers of one Kubernetes cluster alone poll it. */
export function taskQueueOf(kubernetesUid: string): string {
  return `${taskQueue()}-${kubernetesUid}`;
}

/** The catalogue that is shipped: the four components of the documented pattern. */
const SHIPPED_CATALOGUE = fileURLToPath(new URL('../../components.yaml', import.meta.url));

/** A name of a Kubernetes object (RFC 1123). */
const objectName = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be a Kubernetes name (lower case letters, digits, "-", ".")')
  .max(253);

/** A PostgreSQL identifier: at most 63 bytes. */
const identifier = z
  .string()
  .min(1)
  .refine(
    (name) => Buffer.byteLength(name) <= MAX_IDENTIFIER_BYTES,
    `must be at most ${MAX_IDENTIFIER_BYTES} bytes, as PostgreSQL cuts longer names`,
  );

/** What differs from the default names; the first role goes with the first Secret. */
const alternating = z.strictObject({
  owner: identifier.optional(),
  roles: z.tuple([identifier, identifier]).optional(),
  secrets: z.tuple([objectName, objectName]).optional(),
});

/** `litellm-env`, or `{name: litellm-env, keys: [DSN]}`, or `{name: litellm-env, keys: {DSN: "…{{password}}…"}}`. */
const namedSecret = z.union([
  objectName.transform((name): NamedSecret => ({ name })),
  z
    .strictObject({
      name: objectName,
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
    .transform(({ name, keys }): NamedSecret => (keys === undefined ? { name } : { name, keys })),
]);

const exceptedSecret = z.union([
  objectName.transform((name): ExceptedSecret => ({ name })),
  z
    .strictObject({ name: objectName, keys: z.array(z.string().min(1)).min(1).optional() })
    .transform(({ name, keys }): ExceptedSecret => (keys === undefined ? { name } : { name, keys })),
]);

const component = z
  .strictObject({
    name: objectName.max(63),
    namespace: objectName.max(63),
    cluster: objectName.optional(),
    role: identifier.optional(),
    database: identifier.optional(),
    secret: objectName.optional(),
    otherSecrets: z.array(namedSecret).default([]),
    notSecrets: z.array(exceptedSecret).default([]),
    secretOwners: z.record(objectName, plainText(200)).default({}),
    discover: z.boolean().default(true),
    strategy: z.enum(STRATEGIES).default('in-place'),
    alternating: alternating.optional(),
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
      notSecrets: rest.notSecrets,
      secretOwners: rest.secretOwners,
      discover: rest.discover,
      strategy,
      alternating: toAlternating(defaultAlternating({ name, role }), rest.alternating),
    };
    const problems = strategy === 'alternating' || rest.alternating !== undefined ? alternatingProblems(resolved) : [];
    for (const message of problems) context.addIssue({ code: 'custom', path: ['alternating'], message });
    return { resolved, source: rest.source };
  });

function toAlternating(
  defaults: AlternatingRoles,
  { owner, roles, secrets }: z.output<typeof alternating> = {},
): AlternatingRoles {
  const [a, b] = defaults.logins;
  return {
    owner: owner ?? defaults.owner,
    logins: [
      { role: roles?.[0] ?? a.role, secret: secrets?.[0] ?? a.secret },
      { role: roles?.[1] ?? b.role, secret: secrets?.[1] ?? b.secret },
    ],
  };
}

const catalogueSchema = z
  .strictObject({
    components: z.array(component).min(1),
    /** What components with the source gitops have in common. */
    gitops: gitOpsSettings.optional(),
  })
  .transform(({ components, gitops }, context) => ({
    components: components.map((one, index) => withSource(one, gitops, index, context)),
  }))
  .refine(({ components }) => new Set(components.map(({ name }) => name)).size === components.length, {
    path: ['components'],
    message: 'two components have the same name',
  });

function withSource(
  { resolved, source }: z.output<typeof component>,
  shared: GitOpsSettings | undefined,
  index: number,
  context: z.RefinementCtx,
): Component {
  if (source.kind === 'kubernetes') return resolved;
  const gitops = toGitOpsSource(resolved.name, source, shared);
  const problem =
    typeof gitops === 'string'
      ? gitops
      : resolved.strategy === 'alternating'
        ? alternatingSourceProblem({ gitops })
        : undefined;
  if (problem !== undefined) {
    context.addIssue({ code: 'custom', path: ['components', index, 'source'], message: problem });
  }
  return typeof gitops === 'string' ? resolved : { ...resolved, gitops };
}

export interface Catalogue {
  /** The file that it was read from. */
  readonly file: string;
  readonly components: readonly Component[];
}

/**
 * Reads the catalogue from `CNPG_ROTATOR_COMPONENTS`, else the one that is shipped.
 * @throws RotationError `InvalidConfiguration` with the path of each bad field.
 */
export function loadCatalogue(file: string = process.env['CNPG_ROTATOR_COMPONENTS'] ?? SHIPPED_CATALOGUE): Catalogue {
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new RotationError('InvalidConfiguration', `The catalogue ${file} cannot be read: ${messageOf(error)}`);
  }
  const parsed = catalogueSchema.safeParse(content);
  if (parsed.success) return Object.freeze({ file, components: Object.freeze(parsed.data.components) });
  throw new RotationError(
    'InvalidConfiguration',
    `The catalogue ${file} is not valid: ${describeIssues(parsed.error)}.`,
  );
}

/** @throws RotationError `ComponentUnknown`, naming the components that there are. */
export function findComponent(catalogue: Catalogue, name: string): Component {
  const found = catalogue.components.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const known = catalogue.components.map((candidate) => candidate.name).join(', ');
  throw new RotationError(
    'ComponentUnknown',
    `There is no component "${name}" in the catalogue ${catalogue.file}, which has: ${known}. Correct the name, or add the component there.`,
  );
}
