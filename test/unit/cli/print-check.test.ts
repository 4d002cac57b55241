import { stripVTControlCharacters } from 'node:util';
import { checkText, mayRotate } from '../../../src/cli/print-check.ts';
import type { Diagnosis, FailedDiagnosis } from '../../../src/domain/rotation/diagnosis.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { LITELLM } from '../../harness/examples.ts';

const finding = (severity: Finding['severity']): Finding => ({
  rule: 'primary-is-not-fenced',
  severity,
  message: `It is ${severity}.`,
  mend: 'kubectl mend',
});
const diagnosis = (...findings: Finding[]): Diagnosis => ({
  component: 'litellm',
  where: LITELLM,
  findings,
  plan: { changes: [], leftAlone: [], unclear: [], workloads: [] },
  ownAddresses: [],
  checkedAt: '2026-11-24T08:00:00.000Z',
});
const failed: FailedDiagnosis = {
  component: 'lightllm',
  failure: { type: 'ComponentUnknown', message: 'There is no component "lightllm".' },
};

describe('what "check" prints', () => {
  it('is one block for each component, with each finding and what mends it', () => {
    const text = checkText({ components: [diagnosis(finding('blocking'), finding('warning')), diagnosis(), failed] });
    expect(stripVTControlCharacters(text).split('\n')).toEqual([
      'litellm: cannot be rotated (role litellm on Cluster ai-system/litellm-postgresql)',
      '  ✗ primary-is-not-fenced: It is blocking.',
      '      kubectl mend',
      '  ! primary-is-not-fenced: It is warning.',
      '      kubectl mend',
      '',
      'litellm: ready (role litellm on Cluster ai-system/litellm-postgresql)',
      '',
      'lightllm: could not be checked',
      '  ✗ ComponentUnknown: There is no component "lightllm".',
    ]);
  });

  it('ends with the plan: what changes and why, who restarts whom, what is not clear and what is left alone', () => {
    const place = { secret: 'litellm-env', key: 'DATABASE_URL', within: 'URI' };
    const plan: Diagnosis['plan'] = {
      changes: [{ ...place, meaning: 'password', why: 'it logs in as the role at the Cluster' }],
      leftAlone: [{ secret: 'grafana-env', key: 'PASSWORD', within: '', why: 'it is the login of another user' }],
      unclear: [{ secret: 'litellm-keys', key: 'SALT', within: '', why: 'its name means no password' }],
      workloads: [
        {
          kind: 'Deployment',
          namespace: 'ai-system',
          name: 'litellm',
          secrets: ['litellm-env'],
          restartedBy: 'Reloader',
        },
        {
          kind: 'StatefulSet',
          namespace: 'ai-system',
          name: 'worker',
          secrets: ['litellm-env'],
          restartedBy: 'the rotation',
        },
      ],
    };
    const text = checkText({ components: [{ ...diagnosis(), plan }] });
    expect(stripVTControlCharacters(text).split('\n').slice(1)).toEqual([
      '  → changes password in Secret litellm-env, key DATABASE_URL (URI): it logs in as the role at the Cluster',
      '  → restarts Deployment litellm, by Reloader',
      '  → restarts StatefulSet worker, by the rotation',
      '  ? not clear: Secret litellm-keys, key SALT: its name means no password',
      '  · leaves alone Secret grafana-env, key PASSWORD: it is the login of another user',
    ]);
  });

  it.each([
    ['nothing was found', [diagnosis()], true],
    ['there are warnings', [diagnosis(finding('warning'))], true],
    ['something blocks', [diagnosis(), diagnosis(finding('blocking'))], false],
    ['one could not be checked', [diagnosis(), failed], false],
  ])('lets a rotation begin, or not, when %s', (_, components, may) => {
    expect(mayRotate({ components })).toBe(may);
  });
});
