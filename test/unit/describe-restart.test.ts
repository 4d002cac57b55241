import * as describeStep from '../../src/workflows/describe.ts';
import { ROTATION } from '../harness/rotation-input.ts';

const workload = { kind: 'Deployment', namespace: ROTATION.component.namespace, name: 'litellm', pods: ['a'] } as const;

describe('the report of a restart says who restarted the workload', () => {
  it.each([
    ['Reloader', { by: 'reloader' }, 'by Reloader'],
    ['the rotation', { by: 'forced' }, 'by a forced rollout'],
    [
      'the rotation, because Reloader was late',
      { by: 'forced', reloaderWasLate: true },
      'by a forced rollout, since Reloader did not react within 10 s',
    ],
    ['Reloader, whose pause was lifted', { by: 'reloader', pause: 'give back' }, 'by Reloader, with its pause lifted'],
  ] as const)('%s', (_, how, expected) => {
    const said = describeStep.restart(ROTATION)({ workloads: [{ ...workload, ...how }] });
    expect(said).toBe(`Deployment litellm: 1 new pod ready, ${expected}`);
  });

  it('and warns where Reloader’s timer ended while its pause was lifted', () => {
    const lost = { ...workload, by: 'reloader', pause: 'forget' } as const;
    const kept = { ...lost, pause: 'give back' } as const;
    expect(describeStep.lostTimers(ROTATION, [lost, kept])).toEqual([expect.stringContaining('Restart Reloader')]);
  });
});
