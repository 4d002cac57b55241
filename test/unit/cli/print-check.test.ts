import { stripVTControlCharacters } from 'node:util';
import { checkText, mayRotate } from '../../../src/cli/print-check.ts';
import type { Diagnosis, FailedDiagnosis } from '../../../src/domain/diagnosis.ts';
import type { Finding } from '../../../src/domain/preflight/index.ts';
import { LITELLM } from '../../support/examples.ts';

const finding = (severity: Finding['severity']): Finding => ({
  rule: 'some-rule',
  severity,
  type: 'ClusterFenced',
  message: `It is ${severity}.`,
  mend: 'kubectl mend',
});
const diagnosis = (...findings: Finding[]): Diagnosis => ({
  component: 'litellm',
  where: LITELLM,
  findings,
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
      '  ✗ ClusterFenced: It is blocking. [some-rule]',
      '      kubectl mend',
      '  ! ClusterFenced: It is warning. [some-rule]',
      '      kubectl mend',
      '',
      'litellm: ready (role litellm on Cluster ai-system/litellm-postgresql)',
      '',
      'lightllm: could not be checked',
      '  ✗ ComponentUnknown: There is no component "lightllm".',
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
