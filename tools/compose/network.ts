import { readFileSync, writeFileSync } from 'node:fs';
import { layCable, removeCable, type Cable } from '../../sandbox/common/cable.ts';
import { command } from '../../sandbox/common/command.ts';

/** The name of the network namespace, and of the engine's cgroup. */
export const NAME = 'cnpg-rotator-compose';
const FORWARDING = '/proc/sys/net/ipv4/ip_forward';
/** No larger than that of usual tunnels: this machine's own way out may be one. */
export const MTU = 1400;
const CABLE: Cable = {
  namespace: NAME,
  hostInterface: 'cnpgrotator1',
  hostAddress: '172.31.251.1',
  address: '172.31.251.2',
  mtu: MTU,
};
/** The only rules on this machine, in a table that is removed as a whole. */
const TABLE = 'ip cnpg_rotator_compose';

/**
 * A network namespace with a way to the sandbox's API server and to the machine's own network. The engine's bridges,
 * published ports and rules are in there and go with it.
 * @param keep the file that keeps what this machine's setting was.
 */
export async function createNetwork(keep: string, signal: AbortSignal): Promise<void> {
  await layCable(CABLE, signal);
  // What comes over the cable leaves this machine with the machine's own address.
  const chain = `add chain ${TABLE} out { type nat hook postrouting priority 100 ; }`;
  for (const line of [`add table ${TABLE}`, chain, `add rule ${TABLE} out ip saddr ${CABLE.address} masquerade`])
    await command('nft', [line], { signal });
  writeFileSync(keep, readFileSync(FORWARDING));
  writeFileSync(FORWARDING, '1');
}

/** Removes what is there of it, and puts the setting of this machine back. Its processes have to be gone. */
export async function removeNetwork(keep: string): Promise<void> {
  await removeCable(CABLE);
  await command('nft', [`delete table ${TABLE}`]).catch(() => undefined);
  try {
    writeFileSync(FORWARDING, readFileSync(keep));
  } catch {
    // It was never changed.
  }
}

/** Its processes, as this machine numbers them. */
export async function processesInside(): Promise<readonly number[]> {
  const pids = await command('ip', ['netns', 'pids', NAME]).catch(() => '');
  return pids
    .split('\n')
    .filter((pid) => pid !== '')
    .map(Number);
}

/** How a program of this machine is run where the engine publishes its ports: there `localhost` is that of a person. */
export const inside = ['nsenter', `--net=/run/netns/${NAME}`];
