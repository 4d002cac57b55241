import type { Component } from '../../../src/domain/component.ts';
import type { World } from '../../../sandbox/harness/world.ts';

/** Between two looks at the logs, in milliseconds; each look reaches back further than that. */
const LOOK_EVERY_MS = 700;
const LOOK_BACK_SECONDS = 4;

/** What an application prints of a login; the kubelet says something else where a pod's log is gone. */
const LOGIN = / (accepted|refused|unreachable) user=/;

/** The logins that the application's pods try, by their own logs: also those of pods that are gone when one counts. */
export class LoginTally {
  readonly #lines = new Set<string>();
  readonly #looking: Promise<void>;
  #over = false;

  constructor(world: World, component: Component) {
    this.#looking = this.#follow(world, component);
  }

  /** Ends the counting. @returns how many logins were accepted, and the lines of all that were not. */
  async stop(): Promise<{ readonly accepted: number; readonly others: readonly string[] }> {
    this.#over = true;
    await this.#looking;
    const lines = [...this.#lines].filter((line) => LOGIN.test(line));
    return {
      accepted: lines.filter((line) => line.includes(' accepted ')).length,
      others: lines.filter((line) => !line.includes(' accepted ')),
    };
  }

  async #follow(world: World, component: Component): Promise<void> {
    const isOver = (): boolean => this.#over;
    while (!isOver()) {
      for (const line of await world.applicationLines(component, LOOK_BACK_SECONDS)) this.#lines.add(line);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    for (const line of await world.applicationLines(component, LOOK_BACK_SECONDS)) this.#lines.add(line);
  }
}
