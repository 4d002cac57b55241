import type { ServerResponse } from 'node:http';
import { ApiError } from './errors.ts';
import type { Kinds } from './objects.ts';
import { isTrue, type RequestInfo } from './request-info.ts';
import type { ContainerTarget, LogLine, PodRuntime } from './runtime.ts';
import { keyOf } from './serve-objects.ts';
import type { Store } from './store-types.ts';

/** What a container printed, cut as the query wants it. */
export async function serveLog(
  store: Store,
  runtime: PodRuntime,
  info: RequestInfo,
  response: ServerResponse,
): Promise<void> {
  const { query } = info;
  const target = findContainer(store.get('pods', keyOf(info)), query.get('container'));
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const { signal } = gone;
  const since = sinceOf(query);
  let before: LogLine[] = [];
  for await (const line of runtime.logs(target, { follow: false, signal })) before.push(line);
  const skipped = before.length;
  before = before.filter(({ at }) => at.getTime() >= since);
  const tail = query.get('tailLines');
  if (tail !== null) before = Number(tail) === 0 ? [] : before.slice(-Number(tail));
  const limit = query.get('limitBytes');
  let left = limit === null ? Infinity : Number(limit);
  const withTimes = isTrue(query.get('timestamps'));
  response.writeHead(200, { 'content-type': 'text/plain' });
  const write = (line: LogLine): void => {
    const bytes = Buffer.from(`${withTimes ? `${line.at.toISOString()} ` : ''}${line.text}\n`).subarray(0, left);
    left -= bytes.length;
    if (bytes.length > 0) response.write(bytes);
  };
  before.forEach(write);
  if (isTrue(query.get('follow'))) {
    let index = 0;
    for await (const line of runtime.logs(target, { follow: true, signal })) {
      index += 1;
      if (index > skipped) write(line);
      if (left <= 0) break;
    }
  }
  response.end();
}

/** @throws ApiError 400 when the pod has no such container, or several and none is named. */
export function findContainer({ metadata, spec }: Kinds['pods'], named: string | null): ContainerTarget {
  const { namespace = '', name: pod = '' } = metadata ?? {};
  const names = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ name }) => name);
  const container = named ?? spec?.containers[0]?.name ?? '';
  if (named === null && names.length > 1) {
    throw ApiError.badRequest(`a container name must be specified for pod ${pod}, choose one of: [${names.join(' ')}]`);
  }
  if (!names.includes(container)) throw ApiError.badRequest(`container ${container} is not valid for pod ${pod}`);
  return { namespace, pod, container };
}

/** The earliest wanted time, in milliseconds. */
function sinceOf(query: URLSearchParams): number {
  const [seconds, time] = [query.get('sinceSeconds'), query.get('sinceTime')];
  if (seconds !== null) return Date.now() - Number(seconds) * 1_000;
  return time === null ? -Infinity : Date.parse(time);
}
