/** Moments of a rotation that others can wait for: each is seen from outside, by the Secrets. */
export const MOMENTS = ['start', 'staged', 'published', 'end'] as const;
export type Moment = (typeof MOMENTS)[number];

export function describeMoment(moment: Moment): string {
  switch (moment) {
    case 'start':
      return 'start (the first command begins)';
    case 'staged':
      return 'staged (a staging Secret is there)';
    case 'published':
      return 'published (a Secret of the world was changed by somebody)';
    case 'end':
      return 'end (the last command has ended)';
  }
}

/** Each moment comes once. */
export class Moments {
  readonly #promises = new Map<Moment, Promise<void>>();
  readonly #come = new Map<Moment, () => void>();

  constructor() {
    for (const moment of MOMENTS)
      this.#promises.set(moment, new Promise((resolve) => this.#come.set(moment, () => resolve())));
  }

  /** It has come. */
  tell(moment: Moment): void {
    this.#come.get(moment)?.();
  }

  async at(moment: Moment): Promise<void> {
    await this.#promises.get(moment);
  }
}
