import { warns } from './world.ts';

const REPORTS = { kind: 'Workflow', namespace: 'apps', name: 'reports' };

describe('consumers of another namespace', () => {
  warns([
    [
      'the rotation does not restart their pods',
      { consumers: [{ ...REPORTS, secrets: ['apps/litellm-env'], pods: ['reports-1'], treatment: 'told' }] },
      'pods-are-restarted',
      'Workflow apps/reports (pod reports-1)',
      'such as "apps/Workflow/reports"',
    ],
    [
      'Reloader starts a CronJob of theirs',
      { startedByReloader: [{ kind: 'CronJob', namespace: 'apps', name: 'nightly' }] },
      'reloader-starts-no-cron-job',
      'CronJob apps/nightly',
      'kubectl -n apps annotate cronjob nightly reloader.stakater.com/auto-',
    ],
    [
      'the text of the password stands in their manifests',
      {
        literals: [
          { holder: REPORTS, where: 'env X', why: 'the same text', evidence: false, used: true, accepted: false },
        ],
      },
      'texts-elsewhere-are-known',
      'Workflow apps/reports, env X',
      'such as "apps/Workflow/reports"',
    ],
  ]);
});
