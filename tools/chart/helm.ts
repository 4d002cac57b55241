import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { chartTool } from './builds.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CHART = path.join(ROOT, 'deploy', 'chart');

/** An object of Kubernetes as a manifest has it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface Rendering {
  /** Files with values, named from the top of this project. */
  readonly values?: readonly string[];
  /** `rights.exec=true`. */
  readonly set?: readonly string[];
  /** More arguments of `helm template`. */
  readonly more?: readonly string[];
}

/** What `helm template` prints. @throws with what Helm says. */
export async function helmTemplate({ values = ['components.yaml'], set = [], more = [] }: Rendering): Promise<string> {
  const { stdout } = await execa(
    chartTool('helm').binary,
    [
      ...['template', 'cnpg-rotator', CHART, '--namespace', 'cnpg-rotator'],
      ...values.flatMap((file) => ['--values', path.join(ROOT, file)]),
      ...set.flatMap((value) => ['--set', value]),
      ...more,
    ],
    { cwd: ROOT },
  );
  return stdout;
}

export async function helmLint({ values = ['components.yaml'], set = [] }: Rendering): Promise<string> {
  const { stdout } = await execa(
    chartTool('helm').binary,
    [
      ...['lint', '--strict', CHART],
      ...values.flatMap((file) => ['--values', path.join(ROOT, file)]),
      ...set.flatMap((value) => ['--set', value]),
    ],
    { cwd: ROOT },
  );
  return stdout;
}

export function parseManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null);
}
