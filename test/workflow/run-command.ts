import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Starts `cnpg-rotate` as a process of its own, from the sources. @param address of Temporal. */
export function startCommand(address: string, ...args: string[]) {
  return execa(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
    cwd: ROOT,
    env: { TEMPORAL_ADDRESS: address, NO_COLOR: '1', FORCE_COLOR: undefined },
    reject: false,
  });
}

export type CliProcess = ReturnType<typeof startCommand>;

export async function runCommand(
  address: string,
  ...args: string[]
): Promise<{ code: number | undefined; stdout: string; stderr: string }> {
  const { exitCode, stdout, stderr } = await startCommand(address, ...args);
  return { code: exitCode, stdout, stderr };
}

/** Until the program has told it on stderr, or has ended without. */
export async function untilTold(program: CliProcess, text: string): Promise<void> {
  let told = '';
  const seen = new Promise<void>((resolve) => {
    program.stderr.on('data', (chunk: Buffer) => {
      told += chunk.toString('utf8');
      if (told.includes(text)) resolve();
    });
  });
  await Promise.race([seen, program]);
}
