import { z } from 'zod';
import { substitute } from '../../../src/domain/proofs/flux-substitution.ts';
import type { KubernetesObject } from '../api/objects.ts';

export const postBuildSchema = z.object({
  substitute: z.record(z.string(), z.string()).default({}),
  substituteFrom: z
    .array(z.object({ kind: z.enum(['ConfigMap', 'Secret']), name: z.string(), optional: z.boolean().default(false) }))
    .default([]),
});

/**
 * The object with every variable replaced, as Flux 2.9 does: a variable without value and default is an error. Without
 * any variable Flux replaces nothing.
 */
export function substituteAll(object: KubernetesObject, values: Readonly<Record<string, string>>): KubernetesObject {
  if (Object.keys(values).length === 0) return object;
  return JSON.parse(
    JSON.stringify(object, (_, value: unknown) => {
      if (typeof value !== 'string') return value;
      const found = substitute(value, { replaces: true, values, unread: [] });
      if (found.kind === 'text') return found.text;
      const [name = ''] = found.variables;
      throw new Error(
        `post build failed for '${object.kind ?? ''}': envsubst error: variable substitution failed: variable not set (strict mode): "${name}"`,
      );
    }),
  ) as KubernetesObject;
}

/** A Secret's texts. */
export function decoded(data: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}
