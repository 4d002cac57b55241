import { oneLine } from './control-characters.ts';

/** A table in Markdown. A cell shows its text and never acts as Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/**
 * Any text as one line of Markdown, shown unchanged. No part of it can look like an entry of its own, or become a link,
 * an image, HTML or emphasis. An underscore within a word stays: it is no emphasis.
 */
export function markdownText(text: string): string {
  return oneLine(text)
    .replace(/[\\`*[\]<>|~&]/g, '\\$&')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/^([-+#=]|\d+[.)])(?=\s|$)/, (start) => `\\${start}`);
}

/** Lines of text. Indented lines are commands: they become code, so that a person can copy them. */
export function markdownLines(text: string): string {
  const isCode = (line: string): boolean => line.startsWith('  ');
  return text
    .split('\n')
    .map((line, index, lines) => {
      const written = isCode(line) ? `    ${oneLine(line)}` : markdownText(line);
      const before = lines[index - 1];
      return before !== undefined && isCode(before) !== isCode(line) ? `\n${written}` : written;
    })
    .join('\n');
}

export function seconds(value: number | undefined): string {
  return value === undefined ? '…' : `${value.toFixed(1)} s`;
}
