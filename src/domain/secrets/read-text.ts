import { parseAssignments } from './documents/assignments.ts';
import type { DocumentValue } from './documents/document.ts';
import { parseJson } from './documents/json.ts';
import { parseProperties } from './documents/properties.ts';
import { parseToml } from './documents/toml.ts';
import { walkDocument } from './documents/walk.ts';
import { parseXml } from './documents/xml.ts';
import { parseYaml } from './documents/yaml.ts';
import { problem, way, type Outcome } from './finding.ts';
import { isReference, saysAuthorization, saysBase64 } from './meaning.ts';
import { base64Decoded } from './notations/base64.ts';
import { readConnectionString } from './notations/connection-string.ts';
import { readKeywords } from './notations/libpq.ts';
import { readPgpass } from './notations/pgpass.ts';
import { looksLikeUri, readUri } from './notations/uri.ts';
import { readUserlist } from './notations/userlist.ts';
import { readUriLiterals } from './notations/uri-literals.ts';
import { sliceSource, trimmed, type Source } from './source.ts';

/*
 * Reads a text by the format of its name (`config.json`, `.pgpass`), else by the only format that fits. The strictest
 * format comes first, and the first format that understands the text wins.
 */

/** The deepest nesting of documents in documents that is read. */
const DEEPEST = 6;

const NOTHING: Outcome = { findings: [], problems: [] };

type Format = 'json' | 'yaml' | 'toml' | 'xml' | 'properties' | 'env' | 'ini' | 'pgpass' | 'userlist';

const NAMES: readonly (readonly [Format, RegExp])[] = [
  ['json', /\.(?:jsonc?|dockerconfigjson|dockercfg)$/i],
  ['yaml', /\.ya?ml$/i],
  ['toml', /\.toml$/i],
  ['xml', /\.xml$/i],
  ['properties', /\.properties$/i],
  ['env', /(?:^|[._-])(?:dot)?env(?:\.[\w-]+)?$/i],
  ['ini', /\.(?:ini|cnf)$/i],
  ['pgpass', /(?:^|[._-])pgpass$/i],
  ['userlist', /(?:^|[._-])userlist(?:\.txt)?$/i],
];

/** @param see gets every text that is read, so that a writer can prove that the other texts did not change */
export function readText(outer: Source, name: string, at: string, see: (source: Source) => void, depth = 0): Outcome {
  const source = trimmed(outer);
  const { text } = source;
  if (depth > DEEPEST || text.length < 4 || text.startsWith('-----BEGIN') || text.includes('\0')) return NOTHING;
  const format = NAMES.find(([, pattern]) => pattern.test(name))?.[0];
  const nested = (inner: Source, innerName: string, within: string): Outcome => {
    see(inner);
    return readText(inner, innerName, within, see, depth + 1);
  };
  const document = (value: DocumentValue, kind: string): Outcome => walkDocument(value, way(at, kind), nested);
  if (format !== undefined) return readNamedFormat(format, outer, at, document);
  return (
    readLogin(source, name, at) ??
    readBase64(source, name, at, see, depth) ??
    readDocument(outer, document) ??
    readUriLiterals(source, at) ??
    NOTHING
  );
}

type Walk = (value: DocumentValue, kind: string) => Outcome;

function readNamedFormat(format: Format, source: Source, at: string, walk: Walk): Outcome {
  const parsed = (value: DocumentValue | undefined, kind: string): Outcome =>
    value ? walk(value, kind) : problem(at, `is no valid ${kind}, as the name says`);
  switch (format) {
    case 'json':
      return parsed(parseJson(source), 'JSON');
    case 'yaml':
      return parsed(parseYaml(source), 'YAML');
    case 'toml':
      return parsed(parseToml(source), 'TOML');
    case 'xml':
      return parsed(parseXml(source), 'XML');
    case 'properties':
      return parsed(parseProperties(source), 'properties');
    case 'env':
      return parsed(parseAssignments(source, 'env'), 'env');
    case 'ini':
      return parsed(parseAssignments(source, 'ini'), 'INI');
    case 'pgpass':
      return readPgpass(source, at, true) ?? NOTHING;
    case 'userlist':
      return readUserlist(source, at, true) ?? NOTHING;
  }
}

/** A text that is one login or a list of logins. */
function readLogin(source: Source, name: string, at: string): Outcome | undefined {
  if (
    looksLikeUri(source.text) &&
    !/\s/.test(source.text.replaceAll(' ', source.text.startsWith('jdbc:') ? '' : ' '))
  ) {
    return withoutReferences(readUri(source, at), at);
  }
  const outcome =
    readConnectionString(source, at) ??
    (source.text.includes('\n') && !/dsn|conninfo/i.test(name) ? undefined : readKeywords(source, at, false)) ??
    readPgpass(source, at, false) ??
    readUserlist(source, at, false);
  return withoutReferences(outcome, at);
}

/** `postgres://$(PGUSER):$(PGPASSWORD)@db` holds no password. */
function withoutReferences(outcome: Outcome | undefined, at: string): Outcome | undefined {
  if (!outcome?.findings.some(({ password }) => password && isReference(password.source.text))) return outcome;
  const findings = outcome.findings.filter(({ password }) => !password || !isReference(password.source.text));
  return { findings, problems: [...outcome.problems, way(at, 'refers to a password that stands elsewhere')] };
}

function readBase64(
  source: Source,
  name: string,
  at: string,
  see: (source: Source) => void,
  depth: number,
): Outcome | undefined {
  const says = saysBase64(name);
  const authorization = saysAuthorization(name);
  const prefix = authorization ? (/^Basic\s+/i.exec(source.text)?.[0].length ?? 0) : 0;
  if (!says && !authorization && source.text.length < 16) return undefined;
  const decoded = base64Decoded(sliceSource(source, prefix, source.text.length));
  if (decoded === undefined) return undefined;
  const within = way(at, 'base64');
  const colon = decoded.text.indexOf(':');
  if (authorization && colon >= 0 && colon < decoded.text.length - 1 && !/[\r\n]/.test(decoded.text)) {
    const user = { within, source: sliceSource(decoded, 0, colon) };
    const password = { within, source: sliceSource(decoded, colon + 1, decoded.text.length) };
    return { findings: [{ label: '', hosts: [], password, ...(colon > 0 && { user }) }], problems: [] };
  }
  if (!says && !looksLikeUri(decoded.text.trim()) && !/^\s*\{[^]*\}\s*$/.test(decoded.text)) return undefined;
  see(decoded);
  return readText(decoded, '', within, see, depth + 1);
}

/** A document without a known format: the only format that fits. */
function readDocument(source: Source, walk: Walk): Outcome | undefined {
  const text = source.text.trim();
  if (/^[{[]/.test(text)) {
    const json = /[}\]]$/.test(text) ? parseJson(source) : undefined;
    if (json !== undefined) return walk(json, 'JSON');
  }
  if (text.startsWith('<') && text.endsWith('>')) {
    const xml = parseXml(source);
    if (xml !== undefined) return walk(xml, 'XML');
  }
  if (text.includes('=')) {
    const assignments = parseAssignments(source, 'unknown');
    if (assignments !== undefined) return walk(assignments, 'lines');
  }
  if (
    !/^(?:---|- |\s*["']?[\w.-]+["']?:(?:\s|$))/m.test(text) ||
    !/^(?:---|%YAML|#|- |["']?[\w.-]+["']?:(?:\s|$))/.test(text)
  ) {
    return undefined;
  }
  const yaml = parseYaml(source);
  return yaml && yaml.kind !== 'text' ? walk(/^[ -]/m.test(text) ? yaml : doubted(yaml), 'YAML') : undefined;
}

/** Marks lines of `name: value` as doubtful. They might be properties, where quotes and backslashes are literal. */
function doubted(value: DocumentValue): DocumentValue {
  if (value.kind === 'list') return value;
  if (value.kind === 'map') {
    return { kind: 'map', entries: value.entries.map((one) => ({ name: one.name, value: doubted(one.value) })) };
  }
  return value.quoted === true || value.source.text.includes('\\')
    ? { ...value, unclear: 'might be YAML or properties, which take quotes and backslashes differently' }
    : value;
}
