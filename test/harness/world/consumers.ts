import { IMAGE } from '../../../sandbox/common/names.ts';

/** Something that logs in as a component's role, beside its own application. */
export interface Consumer {
  readonly kind: 'Deployment' | 'StatefulSet' | 'ReplicaSet' | 'Rollout' | 'Job';
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  /** The Secret and its key with the URI. */
  readonly secret: { readonly name: string; readonly key: string };
  readonly env?: Readonly<Record<string, string>>;
}

const API_VERSIONS = { Rollout: 'argoproj.io/v1alpha1', Job: 'batch/v1' } as const;

/** A manifest of it; its pods are ready as long as their credential is accepted, and Reloader watches none of them. */
export function consumerManifest({ kind, namespace, name, replicas, secret, env = {} }: Consumer) {
  const labels = { app: name };
  const container = {
    name,
    image: IMAGE.application,
    imagePullPolicy: 'IfNotPresent',
    env: [
      { name: 'DATABASE_URL', valueFrom: { secretKeyRef: secret } },
      ...Object.entries({ INTERVAL: '500ms', READY_AFTER: '2s', ...env }).map(([variable, value]) => ({
        name: variable,
        value,
      })),
    ],
    readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 2, timeoutSeconds: 3 },
    resources: { requests: { cpu: '10m', memory: '16Mi' } },
  };
  const pod = { terminationGracePeriodSeconds: 2, automountServiceAccountToken: false, containers: [container] };
  const template = { metadata: { labels }, spec: pod };
  const spec =
    kind === 'Job'
      ? { template: { ...template, spec: { ...pod, restartPolicy: 'Never' } } }
      : {
          ...{ replicas, selector: { matchLabels: labels }, template },
          ...(kind === 'StatefulSet' && { serviceName: name }),
          ...(kind === 'Rollout' && { strategy: { canary: {} } }),
        };
  const apiVersion = kind === 'Rollout' || kind === 'Job' ? API_VERSIONS[kind] : 'apps/v1';
  return { apiVersion, kind, metadata: { name, namespace, labels }, spec };
}
