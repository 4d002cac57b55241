import Table from 'cli-table3';

/** A table for the terminal, whose cells wrap. @param widths the width of each column, by the column's head. */
export function terminalTable(widths: Readonly<Record<string, number>>, rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: Object.keys(widths),
    style: { head: [], border: [] },
    colWidths: Object.values(widths),
    wordWrap: true,
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}
