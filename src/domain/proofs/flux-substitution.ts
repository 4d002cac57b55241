/*
 * Variables that Flux replaces in what it applies (spec.postBuild of a Kustomization), as its fork of envsubst does.
 * A bare `$NAME` is a text. `$${NAME}` stands for the text `${NAME}`.
 */

/** What a Kustomization gives its variables. */
export interface FluxVariables {
  /** Whether Flux replaces anything: not without postBuild, nor without a variable unless it is told to. */
  readonly replaces: boolean;
  readonly values: Readonly<Record<string, string>>;
  /** Sources of further variables that could not be read: `ConfigMap flux-system/cluster-settings`. */
  readonly unread: readonly string[];
}

export type Substituted =
  | { readonly kind: 'text'; readonly text: string }
  /** What it could be: `.*` stands for what is not known. */
  | { readonly kind: 'unknown'; readonly pattern: RegExp; readonly variables: readonly string[] };

/** Whether the text has a variable of Flux. */
export function hasVariables(text: string): boolean {
  return text.includes('${');
}

/** The text as Flux applies it, as far as it can be known. */
export function substitute(template: string, { replaces, values }: FluxVariables): Substituted {
  if (!replaces) return { kind: 'text', text: template };
  const unknown = new Set<string>();
  const parts = partsOf(template).map((part) => (part.kind === 'text' ? part.text : resolve(part, values, unknown)));
  if (unknown.size === 0) return { kind: 'text', text: parts.join('') };
  const pattern = new RegExp(`^${parts.map((part) => (part === undefined ? '.*' : escape(part))).join('')}$`);
  return { kind: 'unknown', pattern, variables: [...unknown] };
}

type Part =
  | { readonly kind: 'text'; readonly text: string }
  /** `${name}`, or `${name:=rest}` with any operator. */
  | { readonly kind: 'variable'; readonly name: string; readonly operator: string; readonly rest: string };

const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(:[-=?+]|[-=?+]|\^\^?|,,?|.)?(.*)$/s;
/** Operators that give a text where the variable is unset or empty. */
const DEFAULTS: ReadonlySet<string> = new Set([':-', ':=', ':?', ':+', '-', '=', '?', '+']);

function resolve(
  { name, operator, rest }: Part & { readonly kind: 'variable' },
  values: Readonly<Record<string, string>>,
  unknown: Set<string>,
): string | undefined {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (DEFAULTS.has(operator)) {
    if (value !== undefined && value !== '') return value;
    const inner = substitute(rest, { replaces: true, values, unread: [] });
    if (inner.kind === 'text') return inner.text;
    for (const one of inner.variables) unknown.add(one);
    return undefined;
  }
  if (value !== undefined && rest === '') {
    if (operator === '') return value;
    if (operator === '^^') return value.toUpperCase();
    if (operator === ',,') return value.toLowerCase();
  }
  unknown.add(name);
  return undefined;
}

function partsOf(template: string): readonly Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (;;) {
    const start = template.indexOf('${', from);
    const end = start < 0 ? -1 : closing(template, start + 2);
    if (end < 0) return [...parts, { kind: 'text', text: template.slice(from) }];
    if (template[start - 1] === '$') {
      parts.push({ kind: 'text', text: template.slice(from, start - 1) + template.slice(start, end + 1) });
    } else {
      parts.push({ kind: 'text', text: template.slice(from, start) });
      const [, name = '', operator = '', rest = ''] = VARIABLE.exec(template.slice(start + 2, end)) ?? [];
      parts.push({ kind: 'variable', name, operator, rest });
    }
    from = end + 1;
  }
}

/** The brace that ends a variable; a default may have variables of its own. */
function closing(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at += 1) {
    if (text.startsWith('${', at)) depth += 1;
    else if (text[at] === '}') depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
