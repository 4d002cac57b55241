import type { ServerResponse } from 'node:http';
import { ApiError } from './errors.ts';
import type { KubernetesObject } from './objects.ts';
import { isTrue, type RequestInfo } from './request-info.ts';
import { apiVersionOf } from './resources.ts';
import { fieldTest, labelTest } from './selectors.ts';
import type { Change, Store } from './store-types.ts';

/** Without `timeoutSeconds`, as the real server chooses between 30 and 60 minutes. */
const TIMEOUT_SECONDS = 1_800;
const BOOKMARK_EVERY_MS = 60_000;

/** Start from whatever is there. */
const ANY_VERSION = '0';

/** Streams the changes of a collection until the time is over or the client has gone. */
export function serveWatch(store: Store, info: RequestInfo, response: ServerResponse): void {
  const { resource, namespace, query } = info;
  const [byLabel, byField] = [labelTest(query.get('labelSelector') ?? ''), fieldTest(query.get('fieldSelector') ?? '')];
  const wanted = (object: KubernetesObject): boolean =>
    (namespace === undefined || object.metadata?.namespace === namespace) && byLabel(object) && byField(object);
  const write = (event: object): void => {
    response.write(`${JSON.stringify(event)}\n`);
  };
  const tell = (change: Change): void => {
    const type = typeFor(change, wanted);
    if (type !== undefined) write({ type, object: change.object });
  };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  // Nothing changes between these and the subscription: they are one turn.
  const from = query.get('resourceVersion') ?? ANY_VERSION;
  try {
    if (from === '' || from === ANY_VERSION) {
      store.list(resource.name).forEach((object) => tell({ type: 'ADDED', object }));
    } else {
      store.since(resource.name, versionOf(from)).forEach(tell);
    }
  } catch (error) {
    write({ type: 'ERROR', object: ApiError.from(error).status });
    response.end();
    return;
  }
  const unsubscribe = store.subscribe(resource.name, tell);
  const bookmark = (): void => {
    if (!isTrue(query.get('allowWatchBookmarks'))) return;
    const metadata = { resourceVersion: String(store.version) };
    write({ type: 'BOOKMARK', object: { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata } });
  };
  const bookmarks = setInterval(bookmark, BOOKMARK_EVERY_MS);
  const end = setTimeout(
    () => {
      bookmark();
      response.end();
    },
    Number(query.get('timeoutSeconds') ?? TIMEOUT_SECONDS) * 1_000,
  );
  response.once('close', () => {
    unsubscribe();
    clearInterval(bookmarks);
    clearTimeout(end);
  });
}

/** What a change is to somebody who sees only what is wanted. */
function typeFor(
  { type, object, previous }: Change,
  wanted: (object: KubernetesObject) => boolean,
): Change['type'] | undefined {
  const is = wanted(object);
  if (type !== 'MODIFIED' || previous === undefined) return is ? type : undefined;
  const was = wanted(previous);
  if (was) return is ? 'MODIFIED' : 'DELETED';
  return is ? 'ADDED' : undefined;
}

function versionOf(text: string): number {
  if (!/^\d+$/.test(text)) throw ApiError.badRequest(`Invalid value for "resourceVersion": "${text}"`);
  return Number(text);
}
