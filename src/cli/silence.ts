import { say } from './say.ts';

/** Looks without an answer before the user gets a warning: about ten seconds. */
const LOOKS_BEFORE_WARNING = 4;

/** Warns once, after a while, that no worker answers. A quiet command warns too: it waits for a worker. */
export class SilenceWarning {
  #silent = 0;

  constructor(private readonly what: string) {}

  answered(): void {
    this.#silent = 0;
  }

  noAnswer(before: () => void = () => undefined): void {
    this.#silent += 1;
    if (this.#silent !== LOOKS_BEFORE_WARNING) return;
    before();
    say(`No worker answers. ${this.what} waits for one: start it with "cnpg-rotate up".`);
  }
}
