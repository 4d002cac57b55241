import type { Component } from '../component.ts';

/*
 * Whose server a host is. CNPG makes the Services <cluster>-rw, -ro and -r of a Cluster, and one for each Pooler; an
 * application writes them with or without the namespace and the cluster's domain.
 */

/** `ours`: of the component's Cluster. `another`: of another Cluster. `unknown`: no name that CNPG makes. */
export type HostVerdict = 'ours' | 'another' | 'unknown';

const OF_A_CLUSTER = /^(.+)-(?:rw|ro|r)$/;

/** @param services names of the Cluster's Services besides those of every Cluster. */
function judgeHost(
  host: string,
  { namespace, cluster }: Pick<Component, 'namespace' | 'cluster'>,
  services: readonly string[],
): HostVerdict {
  const [service = '', where = namespace, ...domain] = host.toLowerCase().split('.');
  if (domain.length > 0 && domain[0] !== 'svc') return 'unknown';
  const here = where === namespace;
  if (here && services.includes(service)) return 'ours';
  const name = OF_A_CLUSTER.exec(service)?.[1];
  if (name === undefined) return 'unknown';
  return here && name === cluster ? 'ours' : 'another';
}

/** One verdict on all hosts of a login; `none` where it names no host. */
export function judgeHosts(
  hosts: readonly string[],
  component: Pick<Component, 'namespace' | 'cluster'>,
  services: readonly string[],
): HostVerdict | 'none' {
  const verdicts = hosts.map((host) => judgeHost(host, component, services));
  if (verdicts.length === 0) return 'none';
  if (verdicts.every((one) => one === 'ours')) return 'ours';
  return verdicts.includes('another') ? 'another' : 'unknown';
}
