import { jest } from '@jest/globals';
import path from 'node:path';
import { CLI, ROOT, run } from '../../sandbox/harness/programs.ts';
import { useHarness } from '../harness/harness.ts';
import { pictureOfTerminal } from '../harness/web-ui/terminal-picture.ts';
import { WebUi } from '../harness/web-ui/web-ui.ts';

const MINUTE = 60_000;
jest.setTimeout(10 * MINUTE);

/** `npm run generate-pictures` writes this file of the documentation. */
const PICTURE = path.join(ROOT, 'docs', 'status.png');

const harness = useHarness({ worker: true });

const cnpgRotate = (...args: readonly string[]) =>
  run('node', [CLI, ...args], { ...harness.environment, COLUMNS: '100', NO_COLOR: '1' });

it('after a batch, status has a line for each component, and history one for each rotation', async () => {
  expect((await cnpgRotate('batch', '--reason', 'quarterly')).code).toBe(0);
  const commands = [['status'], ['history', 'litellm']] as const;
  const seen = [];
  for (const args of commands) {
    const { code, stdout } = await cnpgRotate(...args);
    expect(code).toBe(0);
    seen.push({ typed: `cnpg-rotate ${args.join(' ')}`, said: stdout });
  }
  const [status = '', history = ''] = seen.map(({ said }) => said);
  for (const component of ['litellm', 'langfuse', 'obot', 'dragonfly'])
    expect(status).toMatch(new RegExp(`^${component} .* rotated \\d+[sm] ago .* idle`, 'm'));
  expect(history.trim().split('\n')).toHaveLength(2);
  if (process.env['WRITE_PICTURES'] === undefined) return;
  const webUi = await WebUi.open(harness.temporal.webUi);
  await pictureOfTerminal(webUi.page, PICTURE, seen);
  await webUi.close();
});
