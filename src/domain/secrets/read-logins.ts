import { Password } from '../password.ts';
import { readNamed } from './documents/walk.ts';
import type { Finding, NamedPart, Part } from './finding.ts';
import { groupLogins } from './group.ts';
import type { DescribedLogin, Meaning, Place, TextPlace } from './place.ts';
import { readText } from './read-text.ts';
import { rootSource, trimmed, type Source } from './source.ts';
import { readTemplate } from './template.ts';

/** A Secret's values, or a container's environment, as texts. */
export type Texts = Readonly<Record<string, string>>;

/**
 * Templates for the keys with a notation of the site's own: a text with `{{password}}`, and `{{user}}`,
 * `{{host}}`, `{{database}}` if they are in it. The rest must match exactly; `…` or `{{any}}` matches anything.
 */
export type Templates = Readonly<Record<string, string>>;

export interface Reading {
  readonly logins: readonly DescribedLogin[];
  /** Texts that might hold a password and were not understood, and why. Holds no text of a value. */
  readonly notUnderstood: readonly { readonly key: string; readonly because: string }[];
}

/** A reading with the ways back to the bytes. */
export interface LocatedReading extends Reading {
  readonly located: ReadonlyMap<string, { readonly place: Place; readonly source: Source }>;
  /** Every text that was read, in the order of the document. */
  readonly seen: readonly { readonly key: string; readonly source: Source }[];
}

export const placeId = ({ key, within, meaning }: Place): string => JSON.stringify([key, within, meaning]);

/** The logins of the texts, with the places of their parts. Reads any text and never throws. */
export function readLogins(texts: Texts, templates: Templates = {}): Reading {
  const { logins, notUnderstood } = readLocated(texts, templates);
  return { logins, notUnderstood };
}

export function readLocated(texts: Texts, templates: Templates = {}): LocatedReading {
  const located = new Map<string, { place: Place; source: Source }>();
  const seen: { key: string; source: Source }[] = [];
  const notUnderstood: { key: string; because: string }[] = [];
  const keys = new Map<Source, string>();
  const parts: NamedPart[] = [];
  const findings: Finding[] = [];

  for (const key of Object.keys(texts).sort()) {
    const root = rootSource(texts[key] ?? '');
    keys.set(root, key);
    const see = (source: Source): void => void seen.push({ key, source });
    try {
      const read = readKey(key, root, see, Object.hasOwn(templates, key) ? templates[key] : undefined);
      parts.push(...read.parts);
      findings.push(...read.findings);
      notUnderstood.push(...read.problems.map((because) => ({ key, because })));
    } catch {
      // The parser gave up, usually because the nesting is too deep for its stack.
      notUnderstood.push({ key, because: 'cannot be parsed' });
    }
  }

  const places = new Map<Source, Place>();
  const place = <M extends Meaning>({ within, source }: Part, meaning: M): Place & { readonly meaning: M } => {
    const known = places.get(source);
    if (known !== undefined) return { ...known, meaning };
    const key = keys.get(rootOf(source)) ?? '';
    let found = { key, within, meaning };
    for (let number = 2; located.has(placeId(found)); number += 1)
      found = { key, within: `${within} ${number}`.trim(), meaning };
    places.set(source, found);
    located.set(placeId(found), { place: found, source });
    return found;
  };
  const text = (part: Part, meaning: Meaning): TextPlace => ({ ...place(part, meaning), text: part.source.text });
  const login = ({ label, scheme, lentUser, ...one }: Finding): DescribedLogin => ({
    label,
    ...(lentUser === true && { lentUser }),
    scheme,
    ...(one.password && {
      password: { ...place(one.password, 'password'), password: Password.of(one.password.source.text) },
    }),
    ...(one.user && { user: text(one.user, 'user') }),
    hosts: one.hosts.map((host) => ({ ...text(host, 'host'), text: host.source.text.toLowerCase() })),
    ...(one.database && { database: text(one.database, 'database') }),
  });
  const logins = [...groupLogins(parts, []), ...findings].filter(saysSomething).map(login);
  return { logins, notUnderstood, located, seen };
}

function readKey(key: string, root: Source, see: (source: Source) => void, template: string | undefined) {
  // White space around a value does not belong to a password, but it may belong to a document: YAML blocks end a line.
  const source = trimmed(root);
  see(root);
  if (template !== undefined) return { parts: [], ...readTemplate(source, template) };
  return readNamed(source, key, '', undefined, (_, name, within) => readText(root, name, within, see));
}

const saysSomething = ({ password, user, hosts, database }: Finding): boolean =>
  password !== undefined || user !== undefined || hosts.length > 0 || database !== undefined;

function rootOf(source: Source): Source {
  let root = source;
  while (root.outer !== undefined) root = root.outer;
  return root;
}
