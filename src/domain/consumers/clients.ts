import type { ConsumerRef } from '../component.ts';
import { consumerOf, isSameConsumer } from './consumer.ts';

/*
 * Who is logged in as the role whose password changes. PostgreSQL knows a client's address alone, and the cluster knows
 * which pod has this address. A pod on its node's own network shares the node's address with others.
 */

/** A running pod, with its address. */
export interface PodAddress {
  readonly pod: string;
  readonly address: string;
  /** Absent in a rotation that began before cnpg-rotator noted it; then it is the component's namespace. */
  readonly namespace?: string;
  /** The topmost controller; absent where nobody makes the pod again. */
  readonly owner?: PodOwner;
  /** The pod is on its node's network, so other pods may have the same address. */
  readonly shared?: true;
  /** A pod of the database's own side, or of this product. It is nobody's application. */
  readonly part?: 'pooler' | 'instance' | 'ours';
}

/** `apps/worker-1`: pods of two namespaces may have one name. */
export function podPath({ namespace = '', pod }: Pick<PodAddress, 'namespace' | 'pod'>): string {
  return `${namespace}/${pod}`;
}

export interface PodOwner {
  readonly kind: string;
  readonly name: string;
}

/** The sessions of one client as one role. */
export interface ClientSessions {
  /** Absent for a Unix socket in the instance's pod. */
  readonly address?: string;
  /** The client chooses this text itself. */
  readonly applicationName?: string;
  readonly role: string;
  readonly sessions: number;
  /** When the oldest of them began, RFC 3339. */
  readonly since: string;
}

/** A client, and the pods that may be it. */
export interface Client extends ClientSessions {
  readonly pods: readonly PodAddress[];
  /** `consumer`: the rotation knows it. `database`: a Pooler, an instance or a worker of ours. */
  readonly is: 'consumer' | 'database' | 'unknown';
}

/** Who is logged in, as far as it could be read. */
export interface ClientFacts {
  readonly clients: readonly Client[];
  /** The pods of other namespaces may not be listed, so an address of another namespace stays an address. */
  readonly podsUnread?: true;
}

/** The addresses of a server's own host: a port-forward, or a program in the instance's pod. */
const LOOPBACK: readonly string[] = ['127.0.0.1', '::1'];

/** So many pods are named where any of them may be the client. */
const MAX_CANDIDATES = 4;

export function judgeClient(
  sessions: ClientSessions,
  pods: readonly PodAddress[],
  known: readonly ConsumerRef[],
): Client {
  const mine = pods.filter(({ address }) => address === sessions.address);
  if (mine.some((pod) => belongsTo(pod, known))) return { ...sessions, pods: mine, is: 'consumer' };
  const isDatabase = mine.length > 0 && mine.every(({ part }) => part !== undefined);
  return { ...sessions, pods: mine, is: isDatabase ? 'database' : 'unknown' };
}

/** Whether the pod is of one of the consumers. A pod that nobody makes again is a consumer itself. */
export function belongsTo(
  { namespace = '', pod: name, owner }: PodAddress,
  consumers: readonly ConsumerRef[],
): boolean {
  const consumer = consumerOf(namespace, { name, owner });
  return consumers.some((one) => isSameConsumer(one, consumer));
}

export function unknownAmong({ clients }: ClientFacts): readonly Client[] {
  return clients.filter((client) => client.is === 'unknown');
}

/** `pod apps/worker-7f9c (10.0.0.7) of Deployment worker`, or what else is known of a client's address. */
export function describeAddress(address: string | undefined, pods: readonly PodAddress[]): string {
  if (address === undefined) return 'a program on a Unix socket of the instance';
  const [first] = pods;
  if (first !== undefined && pods.length === 1) return `pod ${podText(first)} (${address})${ownerText(first)}`;
  if (first !== undefined) {
    const named = pods.slice(0, MAX_CANDIDATES).map(podText);
    const more = pods.length > named.length ? ` and ${pods.length - named.length} more` : '';
    return `one of the pods with the node's address ${address}: ${named.join(', ')}${more}`;
  }
  return LOOPBACK.includes(address) ? `a port-forward or a program in the instance's pod (${address})` : address;
}

/** `pod apps/worker-7f9c (10.0.0.7) of Deployment worker, "psql", 2 sessions as litellm since …`. */
export function describeClient({ address, pods, applicationName, sessions, role, since }: Client): string {
  const name = applicationName === undefined ? '' : `, "${applicationName}"`;
  const count = `${sessions} session${sessions === 1 ? '' : 's'}`;
  return `${describeAddress(address, pods)}${name}, ${count} as ${role} since ${since}`;
}

function podText({ namespace, pod }: PodAddress): string {
  return namespace === undefined ? pod : `${namespace}/${pod}`;
}

function ownerText({ owner }: PodAddress): string {
  return owner === undefined ? '' : ` of ${owner.kind} ${owner.name}`;
}
