import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execInPod } from '../../src/kubernetes/exec.ts';
import { KubernetesConnection } from '../../src/kubernetes/connection.ts';
import { logOf } from '../../sandbox/real/paths.ts';
import { Harness, LITELLM } from './support/harness.ts';
import { ROOT, run, until } from './support/programs.ts';

const MINUTE = 60_000;
const { namespace } = LITELLM;

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.open();
}, 20 * MINUTE);

afterAll(async () => {
  expect(await harness.close()).toEqual([]);
});

/** A secret for each place, so that a find tells which place was looked at. */
const PLANTED = {
  history: 'the history of',
  payload: 'the payloads of',
  database: 'temporal.db',
  output: 'the output of program 0',
  apiServerLog: 'the API server’s log',
  auditLog: 'the API server’s audit log',
  event: 'the Events',
  execArguments: 'the API server’s audit log',
  argumentsInPod: 'the arguments of processes',
  argumentsOfAnInstant: 'the arguments of processes',
  temporaryFile: tmpdir(),
  workingDirectory: ROOT,
  briefFile: path.join('kept', ''),
} as const;
type Place = keyof typeof PLANTED;

const secrets = Object.fromEntries(
  Object.keys(PLANTED).map((place) => [place, randomBytes(24).toString('base64url')]),
) as Record<Place, string>;

describe('the scan for secrets', () => {
  it(
    'finds one that was planted, in every place where it looks',
    async () => {
      const left = await plant();
      try {
        const found = await harness.scan(Object.entries(secrets).map(([name, text]) => ({ name, text })));
        const missing = Object.entries(PLANTED).filter(
          ([place, where]) => !found.some((line) => line.startsWith(`${place} (`) && line.includes(where)),
        );
        expect(missing).toEqual([]);
        for (const secret of Object.values(secrets)) expect(found.join()).not.toContain(secret);
      } finally {
        for (const file of left) rmSync(file);
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
    workflowId: `planted-${secrets.history}`,
    args: [{ component: 'nothing', reason: `${secrets.payload} ${secrets.database}` }],
  });
  const program = harness.startProgram(
    '-e',
    'process.stdin; console.log(Buffer.from(process.argv[1], "hex").toString())',
    Buffer.from(secrets.output).toString('hex'),
  );
  await program.ended;
  appendFileSync(logOf('kube-apiserver'), `planted ${secrets.apiServerLog}\n`);
  const name = `planted-${Date.now()}`;
  await world.core.createNamespacedEvent({
    namespace,
    body: {
      metadata: { name },
      involvedObject: { kind: 'Secret', namespace, name: LITELLM.secret },
      reason: 'Planted',
      message: `${secrets.event} ${secrets.auditLog}`,
      type: 'Normal',
    },
  });
  const connection = new KubernetesConnection(world.config, false, 10_000);
  const pod = { namespace, pod: await world.primary(LITELLM), container: 'postgres' };
  await execInPod(connection, pod, ['true', secrets.execArguments, secrets.argumentsInPod], '', 10_000);
  await run('true', [secrets.argumentsOfAnInstant]);
  const left = [path.join(tmpdir(), name), path.join(ROOT, name)];
  writeFileSync(left[0] ?? '', secrets.temporaryFile);
  writeFileSync(left[1] ?? '', secrets.workingDirectory);
  const brief = path.join(traces.folder, name);
  writeFileSync(brief, secrets.briefFile);
  await until('a second name of the file', () => traces.keptFiles > 0, 5_000);
  rmSync(brief);
  return left;
}
