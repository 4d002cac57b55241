/** What can be done to a request instead of answering it. */
export type Fault =
  | { readonly status: number; readonly reason: string; readonly message?: string }
  /** It is taken later, as on a line that hangs: also where the client has given up by then. */
  | { readonly heldUntil: Promise<unknown> }
  | 'disconnect';

/** A request as a fault is chosen for it. */
export interface FaultRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly isWatch: boolean;
}

/** How the API server misbehaves. May be changed at any time; the next request is treated by it. */
export interface ApiFaults {
  /** The share of requests (not of watches) that are answered by this status instead, 0 to 1. */
  errorRates: { 409: number; 429: number; 500: number };
  /** The share of requests whose connection is broken before an answer, 0 to 1. */
  disconnectRate: number;
  /** Every watch is broken off so many milliseconds after it began; `undefined`: never. */
  watchLifetimeMs: number | undefined;
  /** Every connection is broken, those that are open and those that are tried. */
  apiDown: boolean;
  /** Chooses for one request, before the rates do. */
  choose: (request: FaultRequest) => Fault | undefined;
}

export function noApiFaults(): ApiFaults {
  return {
    errorRates: { 409: 0, 429: 0, 500: 0 },
    disconnectRate: 0,
    watchLifetimeMs: undefined,
    apiDown: false,
    choose: () => undefined,
  };
}
