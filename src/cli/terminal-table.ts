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

/** A column of this width can still be read. */
const NARROWEST = 24;

/**
 * The width of the last column, so that the table fits the terminal.
 * @param others the widths of the other columns together, of which there are three.
 * @param usual the width where stdout is no terminal.
 */
export function widthLeft(
  others: number,
  usual: number,
  terminal = process.stdout.isTTY ? process.stdout.columns : 0,
): number {
  // A line stands before each column, and one at the end.
  return terminal === 0 ? usual : Math.max(NARROWEST, Math.min(usual, terminal - others - 5));
}
