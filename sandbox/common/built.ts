import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { SandboxError } from './errors.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The build writes this file last. */
const BUNDLE = path.join(ROOT, 'dist', 'workflow-bundle-traced.js');
const SOURCES = path.join(ROOT, 'src');
/** The bundle has parts of the SDK, too. */
const SETTINGS = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/** @throws SandboxError where `dist/` is not built: what runs the program would wait for it until a timeout. */
export function requireBuilt(): void {
  if (!existsSync(BUNDLE)) throw new SandboxError('dist/ is not built. Run: npm run build');
}

/** Builds `dist/` where it is absent or older than what it is made from. */
export async function ensureBuilt(signal: AbortSignal): Promise<void> {
  const builtAt = existsSync(BUNDLE) ? statSync(BUNDLE).mtimeMs : 0;
  const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(SOURCES, file));
  const madeFrom = [...sources, ...SETTINGS.map((file) => path.join(ROOT, file))];
  if (!madeFrom.some((file) => statSync(file).mtimeMs > builtAt)) return;
  const { exitCode, stderr, stdout } = await execa('npm', ['run', '-s', 'build'], {
    cwd: ROOT,
    reject: false,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  if (exitCode !== 0) throw new SandboxError(`The program could not be built:\n${stdout}\n${stderr}`);
}
