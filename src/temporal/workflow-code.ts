import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, bundleWorkflowCode, type BundleOptions, type WorkerOptions } from '@temporalio/worker';

/** The workflows, bundled at build time. Where the bundle is missing (from the sources), the start bundles them. */
export const BUNDLE = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const workflows = (name: string): string =>
  fileURLToPath(new URL(`../workflows/${name}.${extension}`, import.meta.url));

/** What a bundle is made of. */
export const BUNDLE_OPTIONS: BundleOptions = {
  workflowsPath: workflows('index'),
  failureConverterPath: workflows('failure-converter'),
  logger: new DefaultLogger('WARN'),
};

/** The workflows for a worker. */
export async function workflowCode({
  encrypts,
}: {
  readonly encrypts: boolean;
}): Promise<Pick<WorkerOptions, 'workflowBundle'>> {
  const code = existsSync(BUNDLE) ? await readFile(BUNDLE, 'utf8') : (await bundleWorkflowCode(BUNDLE_OPTIONS)).code;
  return { workflowBundle: { code: encrypts ? encrypting(code) : code } };
}

/**
 * A bundle whose failures are encrypted. Workflows cannot read the environment, so one bundle serves both settings by a
 * global. The global stands in the first line, so that stack traces keep their lines.
 */
export function encrypting(code: string): string {
  return `globalThis.cnpgRotatorEncrypts = true; ${code}`;
}
