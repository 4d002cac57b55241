import type http from 'node:http';
import https from 'node:https';
import { isDeepStrictEqual } from 'node:util';

type Agent = http.Agent | https.Agent;

/** How long an idle connection is kept, in milliseconds: for a step and the pause before the next step, no longer. */
const IDLE_MS = 10_000;

/**
 * Keeps connections to the API server open between requests. The client makes a new agent for every request, and so a
 * new TLS handshake. A rotation makes some sixty requests.
 */
export class KeptAgent {
  #options: unknown;
  #kept: https.Agent | undefined;

  /**
   * @param fresh the agent that the client made for a request.
   * @returns an agent with the same options that keeps its connections. Other options, as after a renewed certificate,
   *   get a new agent. An agent for a proxy, or for plain HTTP, is returned unchanged.
   */
  instead(fresh: Agent): Agent {
    if (fresh.constructor !== https.Agent) return fresh;
    const { options } = fresh;
    if (this.#kept === undefined || !isDeepStrictEqual(options, this.#options)) {
      this.#kept = new https.Agent({ ...options, keepAlive: true, timeout: IDLE_MS });
      this.#options = options;
    }
    return this.#kept;
  }
}
