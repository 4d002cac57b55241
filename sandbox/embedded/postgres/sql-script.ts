/** A part of a script for psql: SQL for the server, or a command of psql's own. */
export type ScriptPart =
  | {
      readonly kind: 'sql';
      readonly text: string;
      /** By `\\gset` in the place of its semicolon: its one row becomes variables. */
      readonly sets?: true;
    }
  | { readonly kind: 'command'; readonly name: string; readonly argument: string };

/** Where something begins in which neither `;` nor a backslash has its meaning, and what ends it. */
const QUOTED: readonly (readonly [RegExp, (opening: string) => string])[] = [
  [/^'/, () => "'"],
  [/^"/, () => '"'],
  [/^\$(?:[A-Za-z_]\w*)?\$/, (opening) => opening],
  [/^--/, () => '\n'],
  [/^\/\*/, () => '*/'],
];

/** Splits a script as psql does: a statement ends at its semicolon, a command of psql at the end of its line. */
export function splitScript(script: string): ScriptPart[] {
  const parts: ScriptPart[] = [];
  let begin = 0;
  let position = 0;
  const take = (end: number, next = end, sets = false): void => {
    const text = script.slice(begin, end).trim();
    if (text !== '' && text !== ';') parts.push({ kind: 'sql', text, ...(sets && { sets }) });
    begin = next;
    position = next;
  };
  while (position < script.length) {
    const rest = script.slice(position);
    const quoted = QUOTED.map(([opening, closing]) => {
      const [found] = opening.exec(rest) ?? [];
      return found === undefined ? undefined : { length: found.length, closing: closing(found) };
    }).find((found) => found !== undefined);
    if (quoted !== undefined) {
      const end = script.indexOf(quoted.closing, position + quoted.length);
      position = end === -1 ? script.length : end + quoted.closing.length;
    } else if (rest.startsWith(';')) {
      take(position + 1);
    } else if (rest.startsWith('\\gset')) {
      take(position, position + '\\gset'.length, true);
    } else if (rest.startsWith('\\') && script.slice(begin, position).trim() === '') {
      const newline = script.indexOf('\n', position);
      const end = newline === -1 ? script.length : newline;
      const [, name = '', argument = ''] = /^\\(\S+)\s*(.*)$/.exec(script.slice(position, end)) ?? [];
      parts.push({ kind: 'command', name, argument: argument.trim() });
      begin = end;
      position = end;
    } else {
      position += 1;
    }
  }
  take(script.length);
  return parts;
}
