import { z } from 'zod';
import { catalogueShape } from '../../../src/catalogue/catalogue.ts';
import { FIELD_TEXTS, VARIABLES } from './texts.ts';

/* `docs/configuration.md`: one line for each field of the catalogue's schema, and for each variable. */

/** The part of JSON Schema that `z.toJSONSchema` writes for a catalogue. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema | readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
}

interface Field {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** What a component and the whole catalogue may say is explained once, for the catalogue. */
const EXPLAINED_ELSEWHERE = /^components\[\]\.(source\.(?!kind$)|hook\.|password\.)/;

/** Every field of the schema, once. */
export function fieldsOf(): readonly Field[] {
  const schema = z.toJSONSchema(z.strictObject(catalogueShape), { io: 'input', target: 'draft-7' }) as Schema;
  const found = new Map<string, Field>();
  walk('', schema, (field) => {
    const before = found.get(field.path);
    // Each kind of a union has the field by itself.
    const schema = before === undefined ? field.schema : { anyOf: [before.schema, field.schema] };
    if (!EXPLAINED_ELSEWHERE.test(field.path)) found.set(field.path, { ...field, schema });
  });
  return [...found.values()];
}

function walk(path: string, schema: Schema, visit: (field: Field) => void): void {
  const { properties = {}, required = [], items, additionalProperties, anyOf = [], oneOf = [] } = schema;
  for (const [name, inner] of Object.entries(properties)) {
    const isList = itemOf(inner)?.properties !== undefined;
    const at = `${path === '' ? '' : `${path}.`}${name}${isList ? '[]' : ''}`;
    visit({ path: at, schema: inner, required: required.includes(name) && inner.default === undefined });
    walk(at, isList ? (itemOf(inner) ?? {}) : inner, visit);
  }
  const item = Array.isArray(items) ? undefined : (items as Schema | undefined);
  if (item !== undefined) walk(`${path}[]`, item, visit);
  if (typeof additionalProperties === 'object') walk(`${path}.*`, additionalProperties, visit);
  for (const one of [...anyOf, ...oneOf]) walk(path, one, visit);
}

function itemOf({ items }: Schema): Schema | undefined {
  return Array.isArray(items) ? undefined : (items as Schema | undefined);
}

function kindOf(schema: Schema): string {
  const { type, anyOf, oneOf, minimum, maximum } = schema;
  const choices = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (choices !== undefined) return choices.map((one) => `\`${one}\``).join(' or ');
  const either = anyOf ?? oneOf;
  if (either !== undefined) return [...new Set(either.map(kindOf))].join(' or ');
  if (type === 'integer' && maximum === Number.MAX_SAFE_INTEGER) return 'number';
  if (type === 'integer') return `${minimum ?? 0} to ${maximum ?? 'any'}`;
  if (type === 'array') return Array.isArray(schema.items) ? 'two texts' : `list of ${kindOf(itemOf(schema) ?? {})}`;
  if (type === 'boolean') return '`true` or `false`';
  return type === 'object' ? 'object' : 'text';
}

function lineOf({ path, schema, required }: Field): string {
  const { default: preset } = schema;
  const isSimple = typeof preset === 'string' || typeof preset === 'boolean' || typeof preset === 'number';
  const isEmpty = preset !== undefined && Object.keys(preset as object).length === 0;
  const by = isSimple ? `. Default: \`${String(preset)}\`` : isEmpty ? '. Default: none' : '';
  return `- \`${path}\` (${kindOf(schema)}${required ? ', required' : ''}): ${FIELD_TEXTS[path] ?? 'TEXT MISSING'}${by}.`;
}

/** The page, by its path. */
export function configurationPage(): ReadonlyMap<string, string> {
  const lines = [
    '# Configuration',
    '',
    'This page is made from the schema of the catalogue by `npm run generate`.',
    '',
    '## The catalogue',
    '',
    'The catalogue is `components.yaml`, or the file of `CNPG_ROTATOR_COMPONENTS`. The worker and the Helm chart refuse any other field.',
    '',
    ...fieldsOf().map(lineOf),
    '',
    '## The environment',
    '',
    ...Object.entries(VARIABLES).map(([name, text]) => `- \`${name}\`: ${text}.`),
    '',
  ];
  return new Map([['docs/configuration.md', lines.join('\n')]]);
}
