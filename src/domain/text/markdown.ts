import { oneLine } from './control-characters.ts';

/** A table in Markdown; what stands in a cell is text, whatever it says. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/**
 * Any text as one line of Markdown that shows it as it is: no line of it passes for an entry of its own, and nothing in
 * it is a link, an image, HTML or emphasis. An underscore within a word is none of these.
 */
export function markdownText(text: string): string {
  return oneLine(text)
    .replace(/[\\`*[\]<>|~&]/g, '\\$&')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/^([-+#=]|\d+[.)])(?=\s|$)/, (start) => `\\${start}`);
}

/** Lines of text; those that are indented are commands, which are shown as code, to be copied. */
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
