import type http from 'node:http';
import https from 'node:https';
import { isDeepStrictEqual } from 'node:util';

type Agent = http.Agent | https.Agent;

/** How long an idle connection is kept, in milliseconds: through a step and the pause before the next, no longer. */
const IDLE_MS = 10_000;

/**
 * Keeps connections to the API server open from one request to the next. The client makes a new agent, and with it a
 * new TLS handshake, for every request; a rotation makes some sixty.
 */
export class KeptAgent {
  #options: unknown;
  #kept: https.Agent | undefined;

  /**
   * @param fresh the agent that the client made for a request.
   * @returns one with the same options whose connections are kept. Other options, as after a renewed certificate, begin
   *   anew; an agent for a proxy, or for plain HTTP, is given back.
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
