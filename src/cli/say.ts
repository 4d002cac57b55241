/** A line for the person at the terminal; stdout stays for results. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
