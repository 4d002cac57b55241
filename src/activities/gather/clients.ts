import { MAX_ADDRESSES_LOOKED_UP } from '../../domain/budgets.ts';
import { namespacesOf, type Component, type ConsumerRef } from '../../domain/component.ts';
import { judgeClient, type ClientFacts, type PodAddress } from '../../domain/consumers/clients.ts';
import { orElse } from '../../domain/failures.ts';
import type { OrUnknown } from '../../domain/preflight/index.ts';
import type { Sessions } from '../../postgres/sessions.ts';
import type { Dependencies } from '../dependencies.ts';
import { orUnknown } from './look-up.ts';

/** Which pods the clients of the sessions are, and which of these are known consumers. */
export async function identifyClients(
  deps: Pick<Dependencies, 'pods'>,
  component: Component,
  sessions: OrUnknown<Sessions>,
  known: readonly ConsumerRef[],
): Promise<OrUnknown<ClientFacts>> {
  if (sessions === 'unknown') return 'unknown';
  const addresses = sessions.byClient.flatMap(({ address }) => address ?? []);
  const { pods, unread } = await podsWithAddresses(deps, namespacesOf(component), addresses);
  const clients = sessions.byClient.map((client) => judgeClient(client, pods, known));
  return { clients, ...(unread && { podsUnread: true as const }) };
}

/**
 * The running pods of the namespaces, and the pods of any namespace that have one of the addresses.
 * @returns unread: where the pods of all namespaces may not be listed, an address of another namespace stays unknown.
 */
export async function podsWithAddresses(
  { pods }: Pick<Dependencies, 'pods'>,
  namespaces: readonly string[],
  addresses: readonly string[],
): Promise<{ readonly pods: readonly PodAddress[]; readonly unread: boolean }> {
  const listed = await Promise.all(namespaces.map((namespace) => orElse(pods.addresses(namespace), () => [])));
  const near = listed.flat();
  const isShared = (address: string): boolean => near.some((pod) => pod.address === address && pod.shared === true);
  const open = [...new Set(addresses)].filter(
    (address) => isShared(address) || !near.some((pod) => pod.address === address),
  );
  const found = await Promise.all(
    open.slice(0, MAX_ADDRESSES_LOOKED_UP).map((address) => orUnknown(pods.withAddress(address))),
  );
  const far = found.flatMap((one) => (one === 'unknown' ? [] : one));
  const isFound = ({ address }: PodAddress): boolean => far.some((pod) => pod.address === address);
  return { pods: [...near.filter((pod) => !isFound(pod)), ...far], unread: found.includes('unknown') };
}
