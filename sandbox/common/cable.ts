import { command } from './command.ts';

/** Two interfaces that are joined: one on this machine, `eth0` in a network namespace. */
export interface Cable {
  /** The name of the network namespace. */
  readonly namespace: string;
  /** This machine's interface: at most 15 characters, the kernel's limit. */
  readonly hostInterface: string;
  /** The address of this machine's end, which is the namespace's way out. */
  readonly hostAddress: string;
  /** The address of the namespace's end. Both addresses are in one network of four. */
  readonly address: string;
  /** The largest packet in bytes. Default: the kernel's, 1500. */
  readonly mtu?: number;
}

/** Makes the network namespace and its cable. */
export async function layCable(cable: Cable, signal: AbortSignal): Promise<void> {
  const { namespace, hostInterface, hostAddress, address, mtu } = cable;
  const ip = (line: string) => command('ip', line.split(' '), { signal });
  const size = mtu === undefined ? '' : `mtu ${mtu} `;
  await ip(`netns add ${namespace}`);
  await ip(`link add ${hostInterface} ${size}type veth peer name eth0 ${size}netns ${namespace}`);
  await ip(`addr add ${hostAddress}/30 dev ${hostInterface}`);
  await ip(`link set ${hostInterface} up`);
  await ip(`-n ${namespace} link set lo up`);
  await ip(`-n ${namespace} addr add ${address}/30 dev eth0`);
  await ip(`-n ${namespace} link set eth0 up`);
  await ip(`-n ${namespace} route add default via ${hostAddress}`);
}

/** Removes what is there of a namespace and its cable. The routes over the cable go with it. */
export async function removeCable({ namespace, hostInterface }: Cable): Promise<void> {
  const netns = await command('ip', ['netns', 'list']).catch(() => '');
  if (netns.split('\n').some((line) => line.split(' ')[0] === namespace))
    await command('ip', ['netns', 'delete', namespace]);
  // The kernel removes the namespace's own end a moment later; this one has a name here.
  await command('ip', ['link', 'delete', hostInterface]).catch(() => undefined);
}
