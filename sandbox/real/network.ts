import { command } from '../common/command.ts';
import { NAME } from './paths.ts';

/** The sandbox's end of the cable is the node's address: the API server, the kubelet and CoreDNS listen on it. */
export const NODE_ADDRESS = '172.31.250.2';
/** The host's end, which pods reach too. */
export const HOST_ADDRESS = '172.31.250.1';
/** At most 15 characters, the kernel's limit for an interface. */
export const HOST_INTERFACE = 'cnpgrotator0';

export const SERVICE_RANGE = '10.96.0.0/16';
export const POD_RANGE = '10.244.0.0/24';
export const API_SERVICE_ADDRESS = '10.96.0.1';
export const DNS_SERVICE_ADDRESS = '10.96.0.10';

/** What the host has to reach in the sandbox; removed with the interface. */
export const ROUTED_RANGES = [SERVICE_RANGE, POD_RANGE];

/** A network namespace joined to the host by one cable; nothing in it reaches any further than the host. */
export async function createNetwork(signal: AbortSignal): Promise<void> {
  const ip = (line: string) => command('ip', line.split(' '), { signal });
  await ip(`netns add ${NAME}`);
  await ip(`link add ${HOST_INTERFACE} type veth peer name eth0 netns ${NAME}`);
  await ip(`addr add ${HOST_ADDRESS}/30 dev ${HOST_INTERFACE}`);
  await ip(`link set ${HOST_INTERFACE} up`);
  await ip(`-n ${NAME} link set lo up`);
  await ip(`-n ${NAME} addr add ${NODE_ADDRESS}/30 dev eth0`);
  await ip(`-n ${NAME} link set eth0 up`);
  await ip(`-n ${NAME} route add default via ${HOST_ADDRESS}`);
  for (const range of ROUTED_RANGES) await ip(`route add ${range} via ${NODE_ADDRESS} dev ${HOST_INTERFACE}`);
  // This file belongs to the namespace of the process that writes it.
  await command('nsenter', [`--net=/run/netns/${NAME}`, 'sysctl', '-qw', 'net.ipv4.ip_forward=1'], { signal });
}

/** Removes what is there of it; the cable's other end and the routes go with it. */
export async function removeNetwork(): Promise<void> {
  const netns = await command('ip', ['netns', 'list']).catch(() => '');
  if (netns.split('\n').some((line) => line.split(' ')[0] === NAME)) await command('ip', ['netns', 'delete', NAME]);
  // The namespace's own end is removed by the kernel a moment later; this one we can name.
  await command('ip', ['link', 'delete', HOST_INTERFACE]).catch(() => undefined);
}
