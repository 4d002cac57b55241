import { ApiError } from './errors.ts';
import type { KubernetesObject } from './objects.ts';

type Test = (object: KubernetesObject) => boolean;

const LABEL_REQUIREMENT = /^(?<key>[^\s!=(),]+)\s*(?:(?<operator>==|=|!=)\s*(?<value>[^\s(),]*))?$/;
const LABEL_SET = /^(?<key>[^\s!=(),]+)\s+(?<operator>in|notin)\s*\((?<values>[^()]*)\)$/;

/** @throws ApiError 400 when it is no label selector. */
export function labelTest(selector = ''): Test {
  const tests = splitOutsideParentheses(selector).map(labelRequirement);
  return ({ metadata }) => tests.every((test) => test(metadata?.labels ?? {}));
}

function labelRequirement(text: string): (labels: Readonly<Record<string, string>>) => boolean {
  const set = LABEL_SET.exec(text)?.groups;
  if (set?.['key'] !== undefined) {
    const { key, operator } = set;
    const values = (set['values'] ?? '').split(',').map((value) => value.trim());
    // As in Kubernetes, what lacks the label is not in the set.
    return (labels) => values.includes(labels[key] ?? '\0') === (operator === 'in');
  }
  const absent = text.startsWith('!') && LABEL_REQUIREMENT.exec(text.slice(1))?.groups;
  if (absent && absent['operator'] === undefined) return (labels) => labels[absent['key'] ?? ''] === undefined;
  const one = LABEL_REQUIREMENT.exec(text)?.groups;
  if (one?.['key'] === undefined) throw ApiError.badRequest(`unable to parse requirement: ${text}`);
  const { key, operator, value } = one;
  if (operator === undefined) return (labels) => labels[key] !== undefined;
  return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
}

const FIELD_REQUIREMENT = /^(?<path>[A-Za-z.]+)(?<operator>==|=|!=)(?<value>.*)$/;

/** Fields by which the real API server selects, of the resources that we have. */
const SELECTABLE = new Set([
  'metadata.name',
  'metadata.namespace',
  'spec.nodeName',
  'status.phase',
  'status.podIP',
  'type',
  'reason',
  'involvedObject.kind',
  'involvedObject.name',
  'involvedObject.namespace',
  'involvedObject.uid',
]);

/** @throws ApiError 400 when it is no field selector, or names a field that the API does not select by. */
export function fieldTest(selector = ''): Test {
  const tests = fieldRequirements(selector).map(({ path, equal, value }): Test => {
    if (!SELECTABLE.has(path)) throw ApiError.badRequest(`field label not supported: ${path}`);
    return (object) => (fieldOf(object, path) === value) === equal;
  });
  return (object) => tests.every((test) => test(object));
}

/** The one name that a field selector leaves, or `undefined`. */
export function selectedName(selector = ''): string | undefined {
  return fieldRequirements(selector).find(({ path, equal }) => path === 'metadata.name' && equal)?.value;
}

function fieldRequirements(selector: string): { path: string; equal: boolean; value: string }[] {
  return splitOutsideParentheses(selector).map((text) => {
    const { path = '', operator, value = '' } = FIELD_REQUIREMENT.exec(text)?.groups ?? {};
    if (path === '') throw ApiError.badRequest(`invalid selector: '${text}'; can't understand '${text}'`);
    return { path, equal: operator !== '!=', value };
  });
}

function fieldOf(object: unknown, path: string): string {
  let found: unknown = object;
  for (const key of path.split('.')) {
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[key] : undefined;
  }
  return typeof found === 'string' ? found : '';
}

function splitOutsideParentheses(selector: string): string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
