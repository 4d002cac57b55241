/** What was started, to be ended in the opposite order. */
export class Releasers {
  readonly #all: (() => Promise<void> | void)[] = [];

  push(release: () => Promise<void> | void): void {
    this.#all.push(release);
  }

  /** Ends everything, also when something of it fails. @throws the first failure. */
  async release(): Promise<void> {
    const failures: unknown[] = [];
    for (const release of this.#all.splice(0).reverse()) {
      try {
        await release();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
