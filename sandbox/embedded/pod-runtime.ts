import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type ContainerTarget, type LogLine, type PodRuntime } from './api/index.ts';
import type { Operator } from './cnpg/operator.ts';
import type { Kubelet } from './pods/kubelet.ts';
import type { ContainerProcess } from './pods/container-process.ts';
import { psql } from './postgres/psql.ts';

/** psql leaves at `\q`; a client of an old protocol cannot close its standard input in another way. */
const QUIT = /^\\q\s*$/m;

const INSTANCE_LOG_AGAIN_MS = 200;

/** What the API server asks of the pods: those of CNPG are PostgreSQL servers, all others processes of the kubelet. */
export function createPodRuntime(kubelet: Kubelet, operator: Operator): PodRuntime {
  return {
    async *logs({ namespace, pod }, { follow, signal }) {
      const instance = operator.instanceOf(namespace, pod);
      if (instance !== undefined) {
        yield* followed(
          () => instance.log(),
          follow,
          signal,
          () => pause(INSTANCE_LOG_AGAIN_MS, signal),
        );
        return;
      }
      const running = kubelet.workerOf(namespace, pod)?.process;
      if (running === undefined) return;
      yield* followed(
        () => Promise.resolve(running.lines),
        follow,
        signal,
        () => nextLine(running, signal),
      );
    },

    async exec(target, argv, { stdin, signal }) {
      const instance = operator.instanceOf(target.namespace, target.pod);
      const [program = '', ...args] = argv;
      if (instance === undefined || program !== 'psql' || target.container !== 'postgres')
        throw notHere(target, program);
      return psql(instance.server, args, await readScript(stdin, signal));
    },

    connect({ namespace, pod }, port) {
      const instance = operator.instanceOf(namespace, pod);
      if (instance !== undefined) return instance.connect(port);
      return Promise.reject(
        ApiError.badRequest(`pod ${pod}: of the pods of this sandbox, only PostgreSQL's are reached`),
      );
    },
  };
}

function notHere({ pod, container }: ContainerTarget, program: string): ApiError {
  return ApiError.badRequest(
    `cannot run "${program}" in container ${container} of pod ${pod}: this sandbox runs psql in the container postgres of CNPG's pods only`,
  );
}

async function readScript(stdin: Readable, signal: AbortSignal): Promise<string> {
  let script = '';
  for await (const chunk of stdin) {
    script += String(chunk);
    if (QUIT.test(script) || signal.aborted) break;
  }
  return script;
}

/** The lines so far, and with `follow` those that come, until the signal. */
async function* followed(
  read: () => Promise<readonly LogLine[]>,
  follow: boolean,
  signal: AbortSignal,
  wait: () => Promise<'over' | 'more'>,
): AsyncGenerator<LogLine> {
  let told = 0;
  for (;;) {
    const lines = await read();
    for (const line of lines.slice(told)) yield line;
    told = lines.length;
    if (!follow || signal.aborted) return;
    if ((await wait()) === 'over') follow = false;
  }
}

function nextLine(running: ContainerProcess, signal: AbortSignal): Promise<'over' | 'more'> {
  return new Promise((resolve) => {
    const settle = (what: 'over' | 'more') => {
      release();
      resolve(what);
    };
    const release = running.onLine(() => settle('more'));
    signal.addEventListener('abort', () => settle('over'), { once: true });
    void running.ended.then(() => settle('over'));
  });
}

async function pause(ms: number, signal: AbortSignal): Promise<'over' | 'more'> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  return signal.aborted ? 'over' : 'more';
}
