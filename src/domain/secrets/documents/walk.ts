import { way, type Finding, type NamedPart, type Outcome } from '../finding.ts';
import { groupLogins } from '../group.ts';
import { hostsOf } from '../hosts.ts';
import { isReference, meaningOf, withoutUrl, wordsOf, type NameMeaning } from '../meaning.ts';
import type { Source } from '../source.ts';
import type { DocumentValue } from './document.ts';

/** Reads a text by its content, where its name has no meaning. */
export type ReadText = (source: Source, name: string, within: string) => Outcome;

interface Child {
  readonly name: string;
  readonly step: string;
  readonly value: DocumentValue;
}

/** The logins of a document. The names in a map are siblings; a label begins with the names of the outer maps. */
export function walkDocument(root: DocumentValue, within: string, readText: ReadText): Outcome {
  const findings: Finding[] = [];
  const problems: string[] = [];

  const visit = (value: DocumentValue, parents: readonly string[], path: readonly string[]): void => {
    const parts: NamedPart[] = [];
    for (const { name, step, value: child } of childrenOf(value)) {
      const steps = [...path, step];
      if (child.kind !== 'text') {
        visit(child, [...parents, ...wordsOf(name)], steps);
        continue;
      }
      const place = way(within, steps.join('.'));
      const read = readNamed(child.source, name, place, child.unclear, readText);
      parts.push(...read.parts);
      findings.push(...read.findings);
      problems.push(...read.problems);
    }
    findings.push(...groupLogins(parts, parents));
  };
  visit(root.kind === 'text' ? { kind: 'list', items: [root] } : root, [], []);
  return { findings, problems };
}

/** Only a name of plain words is shown. Any other name may be a secret, so its position is shown instead. */
function isPlain(name: string): boolean {
  return /^[A-Za-z_][\w.-]{0,63}$/.test(name) && wordsOf(name).every((word) => /^[a-z]{1,20}\d{0,2}$/.test(word));
}

function childrenOf(value: DocumentValue): readonly Child[] {
  if (value.kind === 'text') return [];
  const children =
    value.kind === 'list'
      ? value.items.map((item, index): Child => ({ name: '', step: `#${index + 1}`, value: item }))
      : value.entries.map(({ name, value: child }, index): Child => ({
          name,
          step: isPlain(name) ? name : `#${index + 1}`,
          value: child,
        }));
  return children.map(asPair);
}

/** `{name: DB_PASSWORD, value: …}`, `<add key="Password" value="…"/>`, `<property name="password">…</property>`. */
function asPair(child: Child): Child {
  if (child.value.kind !== 'map' || child.value.entries.length !== 2) return child;
  const [name, value] = child.value.entries;
  if (name === undefined || value === undefined || name.value.kind !== 'text' || value.value.kind !== 'text')
    return child;
  if (!/^(?:name|key)$/i.test(name.name) || !/^(?:value)?$/i.test(value.name)) return child;
  return { name: name.value.source.text, step: way(child.step, value.name).replace(' ', '.'), value: value.value };
}

const NO_OUTCOME: Outcome = { findings: [], problems: [] };

/** `tcp://host:5432`, as Docker's links write a host. */
function isAddress(text: string): boolean {
  return /^tcp:\/\/[^/\s]+$/.test(text);
}

/**
 * A URI without user and password gives its host to the login with the same key names: KC_DB_URL to KC_DB_USERNAME and
 * KC_DB_PASSWORD, `url` to `username`.
 */
function lentHosts(name: string, { findings }: Outcome): readonly NamedPart[] {
  const [finding] = findings;
  if (finding === undefined || findings.length > 1 || finding.user !== undefined || finding.password !== undefined)
    return [];
  return hostParts(wordsOf(name), finding.hosts);
}

function hostParts(label: readonly string[], hosts: Outcome['findings'][number]['hosts']): readonly NamedPart[] {
  return hosts.map((part) => ({ meaning: 'host', label: withoutUrl(label).join('_'), rank: 0, part }));
}

interface NamedOutcome extends Outcome {
  readonly parts: readonly NamedPart[];
}

/** The meaning of a name and its text in a login. The name decides if it has a meaning, else the text decides. */
export function readNamed(
  source: Source,
  name: string,
  within: string,
  unclear: string | undefined,
  readText: ReadText,
): NamedOutcome {
  const nothing = { parts: [], findings: [], problems: [] };
  const means = meaningOf(name);
  const { text } = source;
  if (text === '') return nothing;
  if (means?.meaning === 'password') {
    // PWD is the working directory of a process here, not a password.
    if (name === 'PWD' && text.startsWith('/')) return nothing;
    if (isReference(text)) return { ...nothing, problems: [way(within, 'refers to a password that stands elsewhere')] };
    if (unclear !== undefined) return { ...nothing, problems: [way(within, unclear)] };
  } else if (means === undefined || text.includes('://') || /[;\n]|^\s*[{[<]/.test(text)) {
    const outcome = means?.meaning === 'host' && isAddress(text) ? NO_OUTCOME : readText(source, name, within);
    if (outcome === NO_OUTCOME) return { ...nothing, parts: hostParts(means?.label ?? [], hostsOf(source, within)) };
    // A quoted name of PostgreSQL may have any sign.
    const isName = (means?.meaning === 'user' || means?.meaning === 'database') && !text.includes('\n');
    if (means !== undefined && isName && unclear === undefined && saysNothing(outcome))
      return { ...nothing, parts: [toPart(means, { within, source })] };
    if (unclear === undefined || !outcome.findings.some(({ password }) => password !== undefined)) {
      return { parts: lentHosts(name, outcome), ...outcome };
    }
    return { ...nothing, problems: [...outcome.problems, way(within, unclear)] };
  } else if (unclear !== undefined || text.length > 256 || isReference(text)) {
    return nothing;
  }
  const parts = means.meaning === 'host' ? hostsOf(source, within) : [{ within, source }];
  return { ...nothing, parts: parts.map((part) => toPart(means, part)) };
}

function toPart({ meaning, label, rank }: NameMeaning, part: NamedPart['part']): NamedPart {
  return { meaning, label: label.join('_'), rank, part };
}

function saysNothing({ findings, problems }: Outcome): boolean {
  return findings.length + problems.length === 0;
}
