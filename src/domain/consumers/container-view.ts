import type { Component } from '../component.ts';
import { idOf, type HeldTexts } from './held-texts.ts';
import type { ContainerTexts } from './texts.ts';

/*
 * What a container sees: the values of its variables and the files that it mounts, each with the object that holds it.
 *
 *   env: [{name: PW, valueFrom: {secretKeyRef: {name: s, key: password}}}, {name: URL, value: "postgres://app:$(PW)@db"}]
 *
 * In a text that refers to a Secret's key a token stands for the key's value, so that no notation has to escape the
 * value, and a reader of the text still knows where the value comes from.
 */

/** A key of a Secret or of a ConfigMap. */
export interface Origin {
  readonly kind: 'Secret' | 'ConfigMap';
  /** As a plan names the object. */
  readonly id: string;
  readonly name: string;
  readonly key: string;
}

export interface SeenText {
  readonly text: string;
  /** Absent where the manifest itself has the text. */
  readonly origin?: Origin;
}

export interface SeenFile extends SeenText {
  readonly origin: Origin;
  readonly path: string;
  /** The manifest does not name the key: the file comes along with every other key of its object. */
  readonly along?: true;
}

export interface ContainerView {
  /** By the variable's name. */
  readonly variables: ReadonlyMap<string, SeenText>;
  readonly files: readonly SeenFile[];
  /** The text with its references replaced: by a variable's value, or by a token where a Secret holds the value. */
  readonly resolve: (text: string) => string;
  /** What a token stands for; undefined where the text is no token. `unknown`: a reference to no known variable. */
  readonly tokenOf: (text: string) => SeenText | 'unknown' | undefined;
}

/** `$(NAME)` of Kubernetes, `${NAME}`, `$NAME` and `$(cat FILE)` of a shell, `{{ … }}` of templates. */
const REFERENCE = /\$\$|\$\(([^()\s]+)\)|\$\([^()]*\)|\$\{([A-Za-z_]\w*)[^{}]*\}|\$([A-Za-z_]\w*)|\{\{[^{}]*\}\}/g;

export function viewContainer(
  component: Component,
  { holder, variables, files }: ContainerTexts,
  held: HeldTexts,
): ContainerView {
  const seen = new Map<string, SeenText>();
  const tokens = new Map<string, SeenText | 'unknown'>();
  const token = (stands: SeenText | 'unknown'): string => {
    const text = `cnpgrotatortoken${tokens.size}x`;
    tokens.set(text, stands);
    return text;
  };
  const resolve = (text: string): string =>
    text.replace(REFERENCE, (whole, ...names: (string | undefined)[]) => {
      if (whole === '$$') return '$';
      const [kubernetes, braces, bare] = names;
      const file = whole.startsWith('$(') ? mounted.find(({ path }) => whole.includes(path)) : undefined;
      const found = file ?? seen.get(kubernetes ?? braces ?? bare ?? '');
      if (found === undefined) return bare === undefined ? token('unknown') : whole;
      return found.origin?.kind === 'Secret' ? token(found) : found.text;
    });
  const textsOf = (from: Pick<Origin, 'kind' | 'name'>) => {
    const id = idOf(component, holder.namespace, from);
    return Object.entries(held.get(id) ?? {}).map(([key, text]) => ({ text, origin: { ...from, id, key } }));
  };
  const mounted = files.flatMap(({ from, key, path }): readonly SeenFile[] =>
    textsOf(from)
      .filter(({ origin }) => key === undefined || origin.key === key)
      .map((one) =>
        key === undefined ? { ...one, path: `${path}/${one.origin.key}`, along: true } : { ...one, path },
      ),
  );
  for (const variable of variables) {
    if ('value' in variable) seen.set(variable.name, { text: resolve(variable.value) });
    else if ('prefix' in variable)
      for (const one of textsOf(variable.from)) seen.set(`${variable.prefix}${one.origin.key}`, one);
    else {
      const found = textsOf(variable.from).find(({ origin }) => origin.key === variable.key);
      if (found !== undefined) seen.set(variable.name, found);
    }
  }
  for (const [name, { text }] of [...seen]) {
    // DB_PASSWORD_FILE: /etc/db/password
    const [, plain] = /^(.+?)_?FILE$/i.exec(name) ?? [];
    const file = mounted.find(({ path }) => path === text);
    if (plain !== undefined && file !== undefined && !seen.has(plain)) seen.set(plain, file);
  }
  return { variables: seen, files: mounted, resolve, tokenOf: (text) => tokens.get(text) };
}
