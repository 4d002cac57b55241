import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Release } from './release.ts';

const LOOK_EVERY_MS = 1_000;

/**
 * Keeps what the worker's pods print in a folder, also of pods that are gone when the test ends: the scan for secrets
 * reads the folder.
 */
export class PodLogs {
  #over = false;
  readonly #following: Promise<void>;

  constructor(
    private readonly release: Release,
    private readonly folder: string,
  ) {
    this.#following = this.#follow();
  }

  async stop(): Promise<void> {
    this.#over = true;
    await this.#following;
  }

  async #follow(): Promise<void> {
    const isOver = (): boolean => this.#over;
    do {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      for (const [pod, text] of await this.release.logs())
        if (text !== '') writeFileSync(path.join(this.folder, `${pod}.log`), text);
    } while (!isOver());
  }
}
