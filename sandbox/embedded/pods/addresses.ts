/**
 * A loopback address of its own for each pod, so that PostgreSQL tells its clients apart, where the system has more
 * than one: on Linux, all of 127.0.0.0/8.
 */
export class Addresses {
  /** Other sandboxes of this machine begin elsewhere. */
  readonly #network = 16 + (process.pid % 200);
  #last = 0;

  next(): string {
    if (process.platform !== 'linux') return '127.0.0.1';
    this.#last += 1;
    return `127.${this.#network}.${Math.floor(this.#last / 250) % 250}.${1 + (this.#last % 250)}`;
  }
}
