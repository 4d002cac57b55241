import { layCable, removeCable, type Cable } from '../common/cable.ts';
import { command } from '../common/command.ts';
import { NAME } from './paths.ts';

/** The sandbox's end of the cable is the node's address: the API server, the kubelet and CoreDNS listen on it. */
export const NODE_ADDRESS = '172.31.250.2';
/** The host's end, which pods reach too. */
export const HOST_ADDRESS = '172.31.250.1';
export const HOST_INTERFACE = 'cnpgrotator0';

export const SERVICE_RANGE = '10.96.0.0/16';
export const POD_RANGE = '10.244.0.0/24';
export const API_SERVICE_ADDRESS = '10.96.0.1';
export const DNS_SERVICE_ADDRESS = '10.96.0.10';

/** What the host has to reach in the sandbox; removed with the interface. */
export const ROUTED_RANGES = [SERVICE_RANGE, POD_RANGE];

const CABLE: Cable = {
  namespace: NAME,
  hostInterface: HOST_INTERFACE,
  hostAddress: HOST_ADDRESS,
  address: NODE_ADDRESS,
};

/** A network namespace joined to the host by one cable; nothing in it reaches any further than the host. */
export async function createNetwork(signal: AbortSignal): Promise<void> {
  await layCable(CABLE, signal);
  for (const range of ROUTED_RANGES)
    await command('ip', ['route', 'add', range, 'via', NODE_ADDRESS, 'dev', HOST_INTERFACE], { signal });
  // This file belongs to the namespace of the process that writes it.
  await command('nsenter', [`--net=/run/netns/${NAME}`, 'sysctl', '-qw', 'net.ipv4.ip_forward=1'], { signal });
}

/** Removes what is there of it. */
export async function removeNetwork(): Promise<void> {
  await removeCable(CABLE);
}
