import { Command, Option } from 'commander';
import {
  CNPG_VERSIONS,
  COMPONENT_NAMES,
  POSTGRES_MAJORS,
  RELOADER_CHOICES,
  parseCnpg,
  parseComponents,
  parsePostgres,
} from './common/options.ts';
import {
  FAULTS,
  WORKER_TARGETS,
  bringWorkerImage,
  down,
  fault,
  parseFault,
  parseSeconds,
  serveTemporal,
  status,
  up,
  type SandboxStatus,
  type WorkerTarget,
} from './real/index.ts';
import { interruptible } from './common/interrupt.ts';
import { runProgram } from './common/run-program.ts';

/** `npm run sandbox -- up | down | status | kubeconfig | image | temporal`. Results go to stdout, all else to stderr. */

interface Output {
  readonly output: 'text' | 'json';
}

interface UpOptions extends Output {
  readonly cnpg: string;
  readonly cnpgManager?: string;
  readonly cnpgManifest?: string;
  readonly postgresql: string;
  readonly reloader: string;
  readonly components: string;
}

const output = () => new Option('--output <format>', 'what stdout gets').choices(['text', 'json']).default('text');

const program = new Command('sandbox')
  .description('A real one-node Kubernetes with CloudNativePG, the four components and Reloader, on this machine.')
  .helpOption('--help', 'show this help')
  .exitOverride();

program
  .command('up')
  .description('start it, or check that the one that is up is well')
  .option('--cnpg <version>', `CloudNativePG: ${CNPG_VERSIONS.join(' or ')}`, CNPG_VERSIONS[0])
  .addOption(
    new Option(
      '--cnpg-manager <path>',
      'a built manager of another CloudNativePG, with --cnpg-manifest instead of --cnpg',
    ).conflicts('cnpg'),
  )
  .addOption(new Option('--cnpg-manifest <path>', "the manifest of that manager's release").conflicts('cnpg'))
  .option('--postgresql <major>', `PostgreSQL: ${POSTGRES_MAJORS.join(', ')}`, POSTGRES_MAJORS[0])
  .option('--reloader <which>', `${RELOADER_CHOICES.join(', ')}, or the path of a real Reloader's binary`, 'standin')
  .option('--components <names>', 'which of the components, parted by commas', COMPONENT_NAMES.join(','))
  .addOption(output())
  .action(async (options: UpOptions) => {
    const wanted = {
      cnpg: parseCnpg(options.cnpg),
      cnpgManager: options.cnpgManager,
      cnpgManifest: options.cnpgManifest,
      postgresql: parsePostgres(options.postgresql),
      reloader: options.reloader,
      components: parseComponents(options.components),
    };
    print(await interruptible((signal) => up(wanted, { signal })), options);
  });

program
  .command('down')
  .description('end it and remove all that it made; its logs stay')
  .addOption(output())
  .action(async (options: Output) => {
    await down();
    if (options.output === 'json') process.stdout.write('{}\n');
  });

program
  .command('status')
  .description('tell what is up and whether it is well (exit code 1 when it is not)')
  .addOption(output())
  .action(async (options: Output) => {
    const found = await status();
    if (found === undefined) {
      process.stdout.write(options.output === 'json' ? 'null\n' : 'No sandbox is up.\n');
      process.exitCode = 1;
      return;
    }
    print(found, options);
    if (found.problems.length > 0) process.exitCode = 1;
  });

program
  .command('kubeconfig')
  .description("print the kubeconfig's path: export KUBECONFIG=$(npm run -s sandbox -- kubeconfig)")
  .action(async () => {
    const found = await status();
    if (found === undefined) throw new Error('No sandbox is up. To start one: npm run sandbox -- up');
    process.stdout.write(`${found.kubeconfig}\n`);
  });

program
  .command('image')
  .description("make the worker's image of this checkout without Docker, bring it to the cluster, and print its name")
  .addOption(new Option('--target <stage>', 'of the Dockerfile').choices(WORKER_TARGETS).default(WORKER_TARGETS[0]))
  .action(async ({ target }: { readonly target: WorkerTarget }) => {
    const note = (text: string) => void process.stderr.write(`${text}\n`);
    process.stdout.write(`${await interruptible((signal) => bringWorkerImage(target, signal, note))}\n`);
  });

program
  .command('temporal')
  .description('run a Temporal server for a worker in the cluster, with a Web UI, until Ctrl-C')
  .action(async () => {
    const note = (text: string) => void process.stderr.write(`${text}\n`);
    await interruptible((signal) => serveTemporal(signal, note));
  });

// Hidden: a tool of the tests, for trying how a rotation bears a part of Kubernetes that is away.
program
  .command('fault', { hidden: true })
  .description('kill a program of the node and bring it back after a while')
  .argument('<what>', Object.keys(FAULTS).join(', '))
  .option('--seconds <n>', 'how long it stays away', '30')
  .action(async (what: string, options: { readonly seconds: string }) => {
    const [name, seconds] = [parseFault(what), parseSeconds(options.seconds)];
    await interruptible((signal) => fault(name, seconds, { signal }));
  });

function print(found: SandboxStatus, { output: format }: Output): void {
  if (format === 'json') {
    process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
    return;
  }
  const health = found.problems.length === 0 ? ['healthy'] : found.problems;
  const lines = [
    `CloudNativePG ${found.cnpg}, PostgreSQL ${found.postgresql}, Reloader: ${found.reloader}, components: ${found.components.join(', ')}`,
    ...health.map((line) => `  ${line}`),
    `export KUBECONFIG=${found.kubeconfig}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

await runProgram(program, { usage: 1 });
