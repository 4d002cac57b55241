import { WAIT_FOR_SERVER_MINUTES } from '../client/follow.ts';
import { say } from './say.ts';

/** Looks without an answer before the user gets a warning: about ten seconds. */
const LOOKS_BEFORE_WARNING = 4;

/**
 * Warns once, after a while, that no worker or no server answers. A quiet command warns too: it waits for somebody to do
 * something.
 */
export class SilenceWarning {
  #silent = 0;
  #serverIsAway = false;

  constructor(private readonly what: 'The rotation' | 'The adoption' | 'The batch') {}

  answered(): void {
    this.#silent = 0;
    this.#serverIsBack();
  }

  noAnswer(from: 'worker' | 'server', before: () => void = () => undefined): void {
    if (from === 'server') {
      if (!this.#serverIsAway) before();
      this.#lostServer();
      return;
    }
    this.#serverIsBack();
    this.#silent += 1;
    if (this.#silent !== LOOKS_BEFORE_WARNING) return;
    before();
    say(`No worker answers. ${this.what} waits for one: start it with "cnpg-rotate up".`);
  }

  #lostServer(): void {
    if (this.#serverIsAway) return;
    this.#serverIsAway = true;
    say(
      `Temporal does not answer. ${this.what} is not lost: this command waits up to ${WAIT_FOR_SERVER_MINUTES} minutes for Temporal.`,
    );
  }

  #serverIsBack(): void {
    if (!this.#serverIsAway) return;
    this.#serverIsAway = false;
    this.#silent = 0;
    say(`Temporal answers again. ${this.what} goes on.`);
  }
}
