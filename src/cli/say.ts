let quiet = false;

/** From now on only what a person has to know is said: `--quiet`. */
export function beQuiet(): void {
  quiet = true;
}

export function isQuiet(): boolean {
  return quiet;
}

/** A line for the person at the terminal; stdout stays for results. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
