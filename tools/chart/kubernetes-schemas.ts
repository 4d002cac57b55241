import { z } from 'zod';

const swaggerSchema = z.object({
  definitions: z.record(
    z.string(),
    z.looseObject({
      properties: z.record(z.string(), z.unknown()).optional(),
      'x-kubernetes-group-version-kind': z
        .array(z.object({ group: z.string(), version: z.string(), kind: z.string() }))
        .optional(),
    }),
  ),
});

const DEFINITIONS = 'definitions.json';
const DRAFT = 'http://json-schema.org/draft-07/schema#';
/** Kubernetes takes a number or a text, and says `string` in its specification. */
const EITHER = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { oneOf: [{ type: 'string' }, { type: 'integer' }] },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { oneOf: [{ type: 'string' }, { type: 'number' }] },
};

/**
 * One file of all definitions, in which no field may be unknown, and a file for each kind, named as kubeconform asks:
 * `deployment-apps-v1.json`.
 */
export function strictSchemas(swagger: string): ReadonlyMap<string, object> {
  const { definitions } = swaggerSchema.parse(JSON.parse(swagger));
  const strict = Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => [
      name,
      definition.properties === undefined ? definition : { ...definition, additionalProperties: false },
    ]),
  );
  const files = new Map<string, object>([[DEFINITIONS, { $schema: DRAFT, definitions: { ...strict, ...EITHER } }]]);
  for (const [name, definition] of Object.entries(definitions)) {
    for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
      const suffix = [group.split('.')[0], version].filter((part) => part !== '').join('-');
      files.set(`${kind.toLowerCase()}-${suffix}.json`, {
        $schema: DRAFT,
        $ref: `${DEFINITIONS}#/definitions/${name}`,
      });
    }
  }
  return files;
}
