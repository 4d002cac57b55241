import { join } from 'node:path';
import type { KubernetesObject } from '../common/kubernetes-object.ts';
import { DNS_SERVICE_ADDRESS, NODE_ADDRESS } from './network.ts';
import { RUN } from './paths.ts';

/**
 * Two instances of each of the four clusters, and more for what is tried beside them. A volume is used once, because
 * nobody empties it, and all worlds and tests take about forty.
 */
const VOLUMES = 64;

export function volumePaths(): string[] {
  return Array.from({ length: VOLUMES }, (_, index) => join(RUN, 'volumes', String(index)));
}

/** Folders of this machine as volumes: no provisioner to build, run and wait for. */
export function storageManifests(): KubernetesObject[] {
  const volumes = volumePaths().map((path, index) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `sandbox-${index}` },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'sandbox',
      hostPath: { path, type: 'Directory' },
    },
  }));
  return [
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'sandbox', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'kubernetes.io/no-provisioner',
      volumeBindingMode: 'WaitForFirstConsumer',
    },
    ...volumes,
  ];
}

/** CoreDNS runs beside the kubelet, not in a pod: a Service without a selector leads to it. */
export function dnsManifests(): KubernetesObject[] {
  const ports = [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ];
  const namespace = 'kube-system';
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace, labels: { 'k8s-app': 'kube-dns' } },
      spec: { clusterIP: DNS_SERVICE_ADDRESS, ports },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'kube-dns-sandbox', namespace, labels: { 'kubernetes.io/service-name': 'kube-dns' } },
      addressType: 'IPv4',
      ports,
      endpoints: [{ addresses: [NODE_ADDRESS] }],
    },
  ];
}
