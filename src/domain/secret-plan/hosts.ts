import type { Component } from '../component.ts';

/*
 * To which Cluster a host belongs. CNPG makes the Services <cluster>-rw, -ro and -r for a Cluster, and one Service for
 * each Pooler. An application writes their names with or without the namespace and the Kubernetes cluster's domain.
 */

/** `ours`: of the component's Cluster. `another`: of another Cluster. `unknown`: CNPG makes no such name. */
export type HostVerdict = 'ours' | 'another' | 'unknown';

const OF_A_CLUSTER = /^(.+)-(?:rw|ro|r)$/;

/**
 * The Service that a host means.
 * @param from the namespace in which the host is written: a name without a namespace means a Service of this one.
 */
export function serviceIn(
  host: string,
  from: string,
): { readonly service: string; readonly where: string } | undefined {
  const [service = '', where = from, ...domain] = host.toLowerCase().split('.');
  return domain.length > 0 && domain[0] !== 'svc' ? undefined : { service, where };
}

/**
 * @param from as above.
 * @param services names of the Cluster's other Services, besides those that every Cluster has.
 */
function judgeHost(
  host: string,
  from: string,
  { namespace, cluster }: Pick<Component, 'namespace' | 'cluster'>,
  services: readonly string[],
): HostVerdict {
  const named = serviceIn(host, from);
  if (named === undefined) return 'unknown';
  const { service, where } = named;
  const here = where === namespace;
  if (here && services.includes(service)) return 'ours';
  const name = OF_A_CLUSTER.exec(service)?.[1];
  if (name === undefined) return 'unknown';
  return here && name === cluster ? 'ours' : 'another';
}

/** One verdict for all hosts of a login; `none` if the login names no host. */
export function judgeHosts(
  hosts: readonly string[],
  from: string,
  component: Pick<Component, 'namespace' | 'cluster'>,
  services: readonly string[],
): HostVerdict | 'none' {
  const verdicts = hosts.map((host) => judgeHost(host, from, component, services));
  if (verdicts.length === 0) return 'none';
  if (verdicts.every((one) => one === 'ours')) return 'ours';
  return verdicts.includes('another') ? 'another' : 'unknown';
}
