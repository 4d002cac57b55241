import { Log, Watch, type V1Pod } from '@kubernetes/client-node';
import { Writable } from 'node:stream';
import type { World } from './world.ts';

/** One login of an application, as the application itself saw it. */
export interface Login {
  /** In milliseconds since the epoch. */
  readonly at: number;
  readonly pod: string;
  readonly user: string;
  /** `unreachable`: the server gave no answer, which is no refusal. */
  readonly outcome: 'accepted' | 'refused' | 'unreachable';
}

const LINE = /^(\S+Z) (accepted|refused|unreachable) user=(\S+)/;

/** Listens to every pod of some applications, from its start to its end. */
export class Logins {
  readonly all: Login[] = [];
  readonly #stops: AbortController[] = [];
  readonly #heard = new Set<string>();

  private constructor(
    private readonly world: World,
    private readonly namespace: string,
  ) {}

  /** @param apps the label `app` of their pods. */
  static async listen(world: World, namespace: string, apps: readonly string[]): Promise<Logins> {
    const logins = new Logins(world, namespace);
    logins.#stops.push(
      await new Watch(world.config).watch(
        `/api/v1/namespaces/${namespace}/pods`,
        { labelSelector: `app in (${apps.join(',')})`, resourceVersion: '0' },
        (_, pod: V1Pod) => logins.#hear(pod),
        () => undefined,
      ),
    );
    return logins;
  }

  between(from: number, to: number): readonly Login[] {
    return this.all.filter(({ at }) => at >= from && at <= to);
  }

  stop(): void {
    for (const stop of this.#stops) stop.abort();
  }

  #hear({ metadata, status, spec }: V1Pod): void {
    const pod = metadata?.name ?? '';
    const started = status?.containerStatuses?.some(({ state }) => state?.running !== undefined) === true;
    if (!started || this.#heard.has(pod)) return;
    this.#heard.add(pod);
    const container = spec?.containers[0]?.name ?? '';
    new Log(this.world.config)
      .log(this.namespace, pod, container, this.#lines(pod), { follow: true })
      .then((stop) => this.#stops.push(stop))
      // The pod may end before it can be listened to; then the watch hears of no login that we missed but its own.
      .catch((error: unknown) => process.stderr.write(`pod ${pod} cannot be listened to: ${String(error)}\n`));
  }

  #lines(pod: string): Writable {
    let rest = '';
    return new Writable({
      write: (chunk: Buffer, _, done) => {
        const lines = `${rest}${chunk.toString('utf8')}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) this.#note(pod, line);
        done();
      },
    });
  }

  #note(pod: string, line: string): void {
    const [, time = '', outcome, user = ''] = LINE.exec(line) ?? [];
    if (outcome === 'accepted' || outcome === 'refused' || outcome === 'unreachable')
      this.all.push({ at: Date.parse(time), pod, user, outcome });
  }
}
