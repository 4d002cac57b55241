import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { SandboxError } from '../common/errors.ts';
import { publishedImage } from './cnpg.ts';

/** A built manager of CloudNativePG and the manifest of its release, instead of a version that the sandbox builds. */
export interface GivenCnpg {
  /** The path of the program `manager` for Linux. */
  readonly manager: string;
  /** The path of the release's manifest, such as `releases/cnpg-1.31.0.yaml`. */
  readonly manifest: string;
  /** The version that the manifest's image has. */
  readonly version: string;
}

const ELF = '\x7fELF';
const TAG = /:([\w][\w.-]*)(?:@.*)?$/;

/** @throws SandboxError where one of the two is missing, or a file is not what the option says. */
export function resolveGivenCnpg(manager: string | undefined, manifest: string | undefined): GivenCnpg | undefined {
  if (manager === undefined && manifest === undefined) return undefined;
  if (manager === undefined || manifest === undefined) {
    const [given, missing] =
      manager === undefined ? ['--cnpg-manifest', '--cnpg-manager'] : ['--cnpg-manager', '--cnpg-manifest'];
    throw new SandboxError(`${given} needs ${missing}: a manager runs with the manifest of its own release.`, {
      mend: 'give both, or neither to have the sandbox build the version of --cnpg',
    });
  }
  const program = existingFile('--cnpg-manager', manager);
  if (firstBytes(program, ELF.length) !== ELF) {
    throw new SandboxError(`--cnpg-manager ${manager}: this file is no program for Linux.`, {
      mend: "build CloudNativePG's cmd/manager with CGO_ENABLED=0 and give its path",
    });
  }
  const release = existingFile('--cnpg-manifest', manifest);
  return { manager: program, manifest: release, version: versionOf(release, manifest) };
}

function existingFile(option: string, given: string): string {
  const path = resolve(given);
  if (existsSync(path) && statSync(path).isFile()) return path;
  throw new SandboxError(`${option} ${given}: there is no such file.`);
}

function firstBytes(path: string, length: number): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.toString('latin1', 0, readSync(file, bytes, 0, length, 0));
  } finally {
    closeSync(file);
  }
}

function versionOf(path: string, given: string): string {
  const version = TAG.exec(publishedImage(readFileSync(path, 'utf8')) ?? '')?.[1];
  if (version !== undefined) return version;
  throw new SandboxError(`--cnpg-manifest ${given}: it has no Deployment of one container whose image has a tag.`, {
    mend: "give the manifest of a release of CloudNativePG, which stands in its sources' folder releases",
  });
}
