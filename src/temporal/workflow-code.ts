import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, bundleWorkflowCode, type BundleOptions, type WorkerOptions } from '@temporalio/worker';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const workflows = (name: string): string =>
  fileURLToPath(new URL(`../workflows/${name}.${extension}`, import.meta.url));

/** The workflows in one file, and what the file is made of. */
interface Bundle {
  readonly file: string;
  readonly options: BundleOptions;
}

const plain: BundleOptions = {
  workflowsPath: workflows('index'),
  failureConverterPath: workflows('failure-converter'),
  logger: new DefaultLogger('WARN'),
};

/** Bundled at build time: the workflows, and the workflows with the interceptors of OpenTelemetry. */
export const BUNDLES = {
  plain: {
    file: fileURLToPath(new URL('../workflow-bundle.js', import.meta.url)),
    options: plain,
  },
  traced: {
    file: fileURLToPath(new URL('../workflow-bundle-traced.js', import.meta.url)),
    options: { ...plain, workflowInterceptorModules: [workflows('traces')] },
  },
} as const satisfies Readonly<Record<string, Bundle>>;

/** The workflows for a worker. Where the bundle is missing (from the sources), the start bundles them. */
export async function workflowCode({
  encrypts,
  traced,
}: {
  readonly encrypts: boolean;
  readonly traced: boolean;
}): Promise<Pick<WorkerOptions, 'workflowBundle'>> {
  const { file, options } = BUNDLES[traced ? 'traced' : 'plain'];
  const code = existsSync(file) ? await readFile(file, 'utf8') : (await bundleWorkflowCode(options)).code;
  return { workflowBundle: { code: encrypts ? encrypting(code) : code } };
}

/**
 * A bundle whose failures are encrypted. Workflows cannot read the environment, so one bundle serves both settings by a
 * global. The global stands in the first line, so that stack traces keep their lines.
 */
export function encrypting(code: string): string {
  return `globalThis.cnpgRotatorEncrypts = true; ${code}`;
}
