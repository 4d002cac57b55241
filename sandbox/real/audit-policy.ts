/**
 * What the API server's audit log keeps: who did what to which object, and the whole request where an object of ours
 * might carry what it should not, such as an argument of an exec or the text of an Event. Never the body of a Secret.
 */
export function auditPolicy() {
  const core = (...resources: string[]) => ({ group: '', resources });
  const writes = ['create', 'update', 'patch'];
  return {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [
      // The client opens these by GET.
      { level: 'Request', resources: [core('pods/exec', 'pods/portforward')] },
      // The cluster's own pulse, which would be most of the log.
      { level: 'None', resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }] },
      { level: 'None', nonResourceURLs: ['/healthz*', '/livez*', '/readyz*', '/openapi*', '/version'] },
      { level: 'None', userGroups: ['system:nodes', 'system:masters'], verbs: ['get', 'list', 'watch'] },
      { level: 'Metadata', userGroups: ['system:nodes'] },
      {
        level: 'Request',
        verbs: writes,
        resources: [
          core('pods', 'events'),
          { group: 'events.k8s.io', resources: ['events'] },
          { group: 'apps', resources: ['deployments', 'statefulsets', 'daemonsets'] },
          { group: 'postgresql.cnpg.io', resources: ['clusters'] },
        ],
      },
      { level: 'Metadata' },
    ],
  };
}
