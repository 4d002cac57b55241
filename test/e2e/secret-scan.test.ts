import { randomBytes } from 'node:crypto';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execInPod } from '../../src/kubernetes/exec.ts';
import { KubernetesConnection } from '../../src/kubernetes/connection.ts';
import { logOf } from '../../sandbox/common/paths.ts';
import { LITELLM, useHarness } from '../harness/harness.ts';
import { ROOT, run } from '../../sandbox/harness/programs.ts';
import { until } from '../../sandbox/harness/until.ts';

const MINUTE = 60_000;
const { namespace } = LITELLM;
const EVENT = `planted-${Date.now()}`;

const harness = useHarness();

/** What is planted, and where it must be found. */
const PLANTED = [
  ['input', 'the history of planted'],
  ['input', 'the payloads of planted'],
  ['input', 'temporal.db'],
  ['output', 'the output of program 0'],
  ['apiServerLog', 'the API server’s log'],
  ['event', 'the API server’s audit log'],
  ['event', 'the Events'],
  ['argumentInPod', 'the API server’s audit log'],
  ['argumentInPod', 'the arguments of processes'],
  ['argument', 'the arguments of processes'],
  ['temporaryFile', tmpdir()],
  ['workingDirectory', ROOT],
  ['briefFile', `${path.sep}kept${path.sep}`],
] as const;
type Name = (typeof PLANTED)[number][0];

const secrets = Object.fromEntries(PLANTED.map(([name]) => [name, randomBytes(24).toString('base64url')])) as Record<
  Name,
  string
>;

describe('the scan for secrets', () => {
  it(
    'finds one that was planted, in every place where it looks',
    async () => {
      const left = await plant();
      try {
        const found = await harness.scan(Object.entries(secrets).map(([name, text]) => ({ name, text })));
        const missing = PLANTED.filter(
          ([name, where]) => !found.some((line) => line.startsWith(`${name} (`) && line.includes(where)),
        );
        expect(missing).toEqual([]);
        for (const secret of Object.values(secrets)) expect(found.join()).not.toContain(secret);
      } finally {
        for (const file of left) rmSync(file);
        await harness.temporal.client.workflow.getHandle('planted').terminate('nobody takes it up');
        await harness.world.core.deleteNamespacedEvent({ namespace, name: EVENT });
      }
    },
    2 * MINUTE,
  );
});

/** Puts each secret into its place. @returns the files to remove. */
async function plant(): Promise<readonly string[]> {
  const { world, temporal, traces } = harness;
  // A workflow that no worker takes up.
  await temporal.client.workflow.start('rotatePassword', {
    taskQueue: 'nobody',
    workflowId: 'planted',
    args: [{ component: 'nothing', reason: secrets.input }],
  });
  const program = harness.startProgram([
    '-e',
    'console.log(Buffer.from(process.argv[1], "hex").toString())',
    Buffer.from(secrets.output).toString('hex'),
  ]);
  await program.ended;
  appendFileSync(logOf('kube-apiserver'), `planted ${secrets.apiServerLog}\n`);
  await world.core.createNamespacedEvent({
    namespace,
    body: {
      metadata: { name: EVENT },
      involvedObject: { kind: 'Secret', namespace, name: LITELLM.secret },
      reason: 'Planted',
      message: secrets.event,
      type: 'Normal',
    },
  });
  const connection = new KubernetesConnection(world.config, false, 10_000);
  const pod = { namespace, pod: await world.primary(LITELLM), container: 'postgres' };
  await execInPod(connection, pod, ['true', secrets.argumentInPod], '', 10_000);
  await run('true', [secrets.argument]);
  const left = [path.join(tmpdir(), EVENT), path.join(ROOT, EVENT)];
  writeFileSync(left[0] ?? '', secrets.temporaryFile);
  writeFileSync(left[1] ?? '', secrets.workingDirectory);
  const brief = path.join(traces.folder, EVENT);
  writeFileSync(brief, secrets.briefFile);
  await until('a second name of the file', () => traces.keptFiles > 0, 5_000);
  rmSync(brief);
  return left;
}
