import { jest } from '@jest/globals';
import path from 'node:path';
import { ROOT } from '../../sandbox/harness/programs.ts';
import { until } from '../../sandbox/harness/until.ts';
import { awaitReport } from '../../src/client/rotate.ts';
import type { RotationReport } from '../../src/domain/rotation/report.ts';
import { rotationWorkflowId } from '../../src/domain/rotation/workflow-ids.ts';
import { LITELLM, useHarness } from '../harness/harness.ts';
import { WebUi } from '../harness/web-ui/web-ui.ts';

const MINUTE = 60_000;
jest.setTimeout(10 * MINUTE);

/** `npm run generate-pictures` writes this file of the documentation. */
const PICTURE = path.join(ROOT, 'docs', 'web-ui.png');
const WORKFLOW_ID = rotationWorkflowId(LITELLM.name);

let webUi: WebUi;
afterAll(() => webUi.close());
const harness = useHarness({ worker: true, components: ['litellm'] });
beforeAll(async () => {
  webUi = await WebUi.open(harness.temporal.webUi);
}, 2 * MINUTE);

const handle = () => harness.temporal.client.workflow.getHandle<() => Promise<RotationReport>>(WORKFLOW_ID);

const start = (input: object) => webUi.startRotation({ component: LITELLM.name, ...input });

describe('Temporal’s Web UI', () => {
  it('starts a rotation by its form, and shows every step of it with its outcome', async () => {
    const old = await harness.world.password(LITELLM);
    await start({ reason: 'quarterly' });
    const { outcome, reason, steps } = await awaitReport(handle());
    expect([outcome, reason]).toEqual(['rotated', 'quarterly']);
    expect(await harness.world.accepts(LITELLM, old)).toBe(false);
    const details = await webUi.details(WORKFLOW_ID, 'finish');
    expect(steps.filter(({ step }) => !details.includes(step))).toEqual([]);
    expect(details).toContain('rotated');
    if (process.env['WRITE_PICTURES'] !== undefined) await webUi.picture(PICTURE);
  });

  it('shows that a rotation waits for somebody, with the command that approves the rotation, and approves it', async () => {
    const old = await harness.world.password(LITELLM);
    await start({ requireApproval: true });
    await until(
      'the rotation to wait for its approval',
      async () => (await harness.progress(handle()))?.steps.at(-1)?.step === 'approve',
      2 * MINUTE,
    );
    const details = await webUi.details(WORKFLOW_ID, 'waiting for approval');
    expect(details).toContain(`cnpg-rotate approve ${LITELLM.name}`);
    expect(await harness.world.password(LITELLM)).toBe(old);
    await webUi.sendUpdate(WORKFLOW_ID, {
      name: 'approve',
      says: 'Let the rotation go on that waits for it',
      input: { by: 'alice', note: 'ticket 7' },
    });
    await expect(awaitReport(handle())).resolves.toMatchObject({
      outcome: 'rotated',
      approval: { by: 'alice', note: 'ticket 7' },
    });
  });
});
