import type { Component } from '../../src/domain/component.ts';
import type { Step } from '../../src/domain/steps.ts';
import { DRAGONFLY, LANGFUSE, LITELLM, OBOT, useHarness } from '../harness/harness.ts';
import { rotateThrough } from '../harness/faults/act-in-step.ts';
import { expectExactlyOnePassword } from '../harness/proofs/password-agreement.ts';
import type { Program } from '../../sandbox/harness/programs.ts';
import { sample } from '../../sandbox/harness/sandbox-under-test.ts';
import { fingerprint } from '../harness/proofs/fingerprint.ts';

const MINUTE = 60_000;

const harness = useHarness({ components: ['litellm'], throughProxy: true });

/** Every step of a rotation in place that goes well; together those that are reached at about the same time. */
const INTERRUPTED = sample<readonly (readonly [Component, Step])[]>(
  [
    [
      [LITELLM, 'preflight'],
      [LANGFUSE, 'stage'],
      [OBOT, 'approve'],
      [DRAGONFLY, 'publish'],
    ],
    [
      [LITELLM, 'sync'],
      [LANGFUSE, 'restart'],
      [OBOT, 'verify'],
      [DRAGONFLY, 'finish'],
    ],
  ],
  [[[LITELLM, 'publish']]],
);

describe('a worker killed with SIGKILL', () => {
  it.each(INTERRUPTED.map((at) => [at.map(([, step]) => step).join(', '), at] as const))(
    'with rotations at their %s, and restarted: each ends as it would have, with one password generated',
    async (_, at) => {
      const { world } = harness;
      const components = at.map(([component]) => component);
      const old = await Promise.all(components.map((component) => world.password(component)));
      const before = new Set(harness.passwords);
      const worker = await harness.startWorker();
      let successor: Program | undefined;
      const reports = await rotateThrough(harness, at, async () => {
        await worker.kill('SIGKILL');
        successor = await harness.startWorker();
      });
      await successor?.kill('SIGTERM');

      expect(reports.map(({ outcome, cause }) => ({ outcome, cause }))).toEqual(
        at.map(() => ({ outcome: 'rotated', cause: undefined })),
      );
      const passwords: string[] = [];
      for (const [index, component] of components.entries())
        passwords.push(await expectExactlyOnePassword(world, component, { invalid: [old[index] ?? ''] }));
      const generated = [...harness.passwords].filter((password) => !before.has(password));
      expect(generated.map(fingerprint).sort()).toEqual(passwords.map(fingerprint).sort());
    },
    4 * MINUTE,
  );
});
