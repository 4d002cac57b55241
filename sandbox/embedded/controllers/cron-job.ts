import type { Kinds, Store } from '../api/index.ts';
import { suffix } from './pods-of.ts';

/**
 * Makes a Job of a CronJob at once, as `kubectl create job --from` does, and Reloader where the CronJob asks for it. No
 * CronJob of the sandbox starts by its schedule. @returns the Job's name.
 */
export function startCronJob(store: Store, { metadata, spec }: Kinds['cronjobs'], manager: string): string {
  const { namespace = '', name: of = '', uid = '' } = metadata ?? {};
  const template = spec?.jobTemplate;
  const name = `${of}-${suffix()}`;
  store.create(
    'jobs',
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        namespace,
        name,
        labels: template?.metadata?.labels ?? {},
        annotations: { ...template?.metadata?.annotations, 'cronjob.kubernetes.io/instantiate': 'manual' },
        ownerReferences: [
          { apiVersion: 'batch/v1', kind: 'CronJob', name: of, uid, controller: true, blockOwnerDeletion: true },
        ],
      },
      spec: template?.spec,
    },
    { manager },
  );
  return name;
}
