import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Component } from './domain/component.ts';
import { RotationError, messageOf } from './domain/failures.ts';
import { describeIssues } from './domain/input.ts';

/** The Task Queue on which starters and workers meet. */
export const TASK_QUEUE = 'cnpg-rotator';

/** The catalogue that is shipped: the four components of the documented pattern. */
const SHIPPED_CATALOGUE = fileURLToPath(new URL('../components.yaml', import.meta.url));

/** A name of a Kubernetes object (RFC 1123). */
const objectName = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be a Kubernetes name (lower case letters, digits, "-", ".")')
  .max(253);

/** A PostgreSQL identifier: at most 63 bytes. */
const identifier = z
  .string()
  .min(1)
  .refine((name) => Buffer.byteLength(name) <= 63, 'must be at most 63 bytes, as PostgreSQL cuts longer names');

const component = z
  .strictObject({
    name: objectName.max(63),
    namespace: objectName.max(63),
    cluster: objectName.optional(),
    role: identifier.optional(),
    database: identifier.optional(),
    secret: objectName.optional(),
    otherSecrets: z.array(objectName).default([]),
  })
  .transform(({ name, namespace, cluster, role, database, secret, otherSecrets }): Component => ({
    name,
    namespace,
    cluster: cluster ?? `${name}-postgresql`,
    role: role ?? name,
    database: database ?? role ?? name,
    secret: secret ?? `${name}-db-secret`,
    otherSecrets,
  }));

const catalogueSchema = z
  .strictObject({ components: z.array(component).min(1) })
  .refine(({ components }) => new Set(components.map(({ name }) => name)).size === components.length, {
    path: ['components'],
    message: 'two components have the same name',
  });

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
