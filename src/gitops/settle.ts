import { chmodSync, chownSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { RotationError } from '../domain/failures.ts';
import type { GitVariable, LocalFile } from '../domain/source.ts';
import type { Target } from '../domain/steps.ts';
import { changeVariables } from './edits.ts';
import { describeLocalFile, readShared } from './local-files.ts';
import { variableValues, type Wanted } from './look.ts';
import { isEncrypted } from './sops-metadata.ts';
import { readVariable } from './variable.ts';
import type { Workspace } from './workspace.ts';

/** How often the shared file is read anew while others write it. */
const WRITES = 6;

/**
 * Writes the new value into the variable's file, where the repository does not have this file: on the worker, or in the
 * Secret that all workers share. Otherwise the next render would bring the old value back. The commit is already pushed,
 * so a failure here is only reported.
 */
export async function settle(
  workspace: Workspace,
  wanted: Wanted,
  target: Target,
): Promise<{ readonly warnings: readonly string[] }> {
  const { variable, localFiles } = workspace.source;
  const file = variable === undefined ? undefined : localFiles[variable.file];
  if (variable === undefined || file === undefined) return { warnings: [] };
  try {
    if (typeof file === 'string') await settleFile(workspace, variable, file, wanted, target);
    else await settleShared(workspace, variable, file, wanted, target);
    return { warnings: [] };
  } catch (error) {
    const why = error instanceof RotationError ? error.message : String((error as NodeJS.ErrnoException).code);
    return { warnings: [notSettled(variable, file, why)] };
  }
}

async function settleFile(
  workspace: Workspace,
  variable: GitVariable,
  file: string,
  wanted: Wanted,
  target: Target,
): Promise<void> {
  // A link stays, and the file that it leads to changes.
  const real = realpathSync(file);
  const changed = await withValues(workspace, variable, readFileSync(real, 'utf8'), wanted, target);
  if (changed !== undefined) replaceFile(real, changed);
}

async function settleShared(
  workspace: Workspace,
  variable: GitVariable,
  file: Exclude<LocalFile, string>,
  wanted: Wanted,
  target: Target,
): Promise<void> {
  for (let attempt = 1; attempt <= WRITES; attempt += 1) {
    const { content, version } = await readShared(variable.file, file, workspace.shared);
    const changed = await withValues(workspace, variable, content, wanted, target);
    if (changed === undefined || (await workspace.shared.write(file, changed, version))) return;
  }
  throw new RotationError('Conflict', `${WRITES} writes of it were each overtaken by somebody else's`);
}

/** The file with the target's values; undefined where it has them. */
async function withValues(
  { sops }: Workspace,
  variable: GitVariable,
  content: string,
  wanted: Wanted,
  target: Target,
): Promise<string | undefined> {
  const plain = isEncrypted(content, variable.file) ? await sops.decrypt(variable.file, content) : content;
  const values = variableValues(variable, wanted, target);
  if (values.every((one) => readVariable(plain, one.variable).trim() === one.value)) return undefined;
  return changeVariables(sops, variable.file, { content, plain }, values);
}

function notSettled(variable: GitVariable, file: LocalFile, why: string): string {
  const { key, usernameKey } = variable;
  const names = `"${key}"${usernameKey === undefined ? '' : ` and "${usernameKey}"`}`;
  return `${names} of ${describeLocalFile(file)} could not be changed (${why}): bring that there yourself before the next render, which would bring the other password back.`;
}

/** Replaces the file in one step, and keeps its owner and mode. */
function replaceFile(file: string, content: string): void {
  const { mode, uid, gid } = statSync(file);
  const temporary = `${file}.cnpg-rotator`;
  try {
    rmSync(temporary, { force: true });
    // A new file, so that nobody has put a link there.
    writeFileSync(temporary, content, { mode: 0o600, flag: 'wx' });
    chownSync(temporary, uid, gid);
    chmodSync(temporary, mode);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}
