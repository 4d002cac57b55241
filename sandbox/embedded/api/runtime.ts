import type { Duplex, Readable } from 'node:stream';

export interface ContainerTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface LogLine {
  readonly at: Date;
  /** Without its line feed. */
  readonly text: string;
}

export interface ExecOutcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/**
 * What the API server asks of the pods, as the real one asks the kubelet. Each may throw or reject with an `ApiError`;
 * anything else that is thrown becomes a 500. The API server has looked up the pod before: it is in the store.
 */
export interface PodRuntime {
  /**
   * What the container has printed, oldest first; with `follow`, also what it prints until it ends or the signal is
   * aborted. The API server itself cuts by `tailLines`, `sinceSeconds`, `sinceTime` and `limitBytes`, and writes times.
   */
  logs(
    target: ContainerTarget,
    options: { readonly follow: boolean; readonly signal: AbortSignal },
  ): AsyncIterable<LogLine>;

  /**
   * Runs a program in the container.
   * @param options.stdin ends when the caller has closed its standard input (which a client of an old protocol cannot do).
   * @param options.signal is aborted when the caller has gone.
   */
  exec(
    target: ContainerTarget,
    argv: readonly string[],
    options: { readonly stdin: Readable; readonly signal: AbortSignal },
  ): Promise<ExecOutcome>;

  /** Connects to a port of the pod; rejects when nothing listens there. */
  connect(target: { readonly namespace: string; readonly pod: string }, port: number): Promise<Duplex>;
}
