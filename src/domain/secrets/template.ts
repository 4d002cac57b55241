import { hostsOf } from './hosts.ts';
import { problem, type Outcome, type Part } from './finding.ts';
import type { Meaning } from './place.ts';
import { sliceSource, type Source } from './source.ts';

/*
 * A notation of the site's own. The text around the parts must match exactly; `…` or `{{any}}` matches anything.
 *
 *   requirepass {{password}}
 *   …login="{{user}}/{{password}}@{{host}}"…
 *
 * Each part ends at the first occurrence of the next literal. The last literal stands at the end of the text.
 */
type Token = { readonly literal: string } | { readonly part: Meaning | 'any' };

const MARK = /(…|\{\{\s*(?:password|user|host|database|any)\s*\}\})/;

export function readTemplate(source: Source, template: string): Outcome {
  const tokens = tokensOf(template.trim());
  const divided = tokens.every(
    (token, index) => 'literal' in token || index === 0 || 'literal' in (tokens[index - 1] ?? token),
  );
  if (!divided) return problem('template', 'has two parts without a text between them');
  const spans = match(source.text, tokens);
  if (spans === undefined) return problem('template', 'does not match the value');
  const found: Partial<Record<'password' | 'user' | 'database', Part>> = {};
  const hosts: Part[] = [];
  for (const { meaning, start, end } of spans) {
    const part = { within: 'template', source: sliceSource(source, start, end) };
    if (end <= start) continue;
    if (meaning === 'host') hosts.push(...hostsOf(part.source, 'template'));
    else if (meaning !== 'any') found[meaning] = part;
  }
  return { findings: found.password || found.user ? [{ label: '', hosts, ...found }] : [], problems: [] };
}

function tokensOf(template: string): readonly Token[] {
  return template
    .split(MARK)
    .filter((one) => one !== '')
    .map((one): Token => {
      if (!MARK.test(one)) return { literal: one };
      return { part: one === '…' ? 'any' : (one.replace(/[{}\s]/g, '') as Meaning | 'any') };
    });
}

function match(text: string, tokens: readonly Token[]) {
  const spans: { meaning: Meaning | 'any'; start: number; end: number }[] = [];
  let at = 0;
  for (const [index, token] of tokens.entries()) {
    if ('literal' in token) {
      if (!text.startsWith(token.literal, at)) return undefined;
      at += token.literal.length;
      continue;
    }
    const next = tokens[index + 1];
    const literal = next && 'literal' in next ? next.literal : '';
    const last = index + 2 >= tokens.length;
    const end = literal === '' ? text.length : last ? text.length - literal.length : text.indexOf(literal, at);
    if (end < at) return undefined;
    spans.push({ meaning: token.part, start: at, end });
    at = end;
  }
  return at === text.length ? spans : undefined;
}
