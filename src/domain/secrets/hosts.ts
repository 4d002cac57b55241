import type { Part } from './finding.ts';
import { sliceSource, type Source } from './source.ts';

const HOST = /^(?:\[[0-9A-Fa-f:.%]+\]|[\p{L}\p{N}_%.-]+|[0-9A-Fa-f]*(?::[0-9A-Fa-f]*){2,})$/u;

/** The hosts of `a:5432,b` without their ports; empty if the text is no list of hosts, such as a socket's directory. */
export function hostsOf(source: Source, within: string): readonly Part[] {
  if (source.text.length > 4096) return [];
  const parts: Part[] = [];
  let start = 0;
  for (const one of source.text.split(',')) {
    const host = one
      .replace(/^\s*tcp:\/\//, '')
      .replace(/(?<!:[0-9A-Fa-f]*):\d*$/, '')
      .trim();
    if (HOST.test(host)) {
      const at = start + one.indexOf(host);
      parts.push({ within, source: sliceSource(source, at, at + host.length) });
    }
    start += one.length + 1;
  }
  return parts;
}
