import { RotationError } from '../domain/failures.ts';
import { commitMessage, type CommitTrailers, type GitVariable } from '../domain/source.ts';
import type { Target } from '../domain/steps.ts';
import { changeVariables, editsOfFiles } from './edits.ts';
import { judgeFound, look, variableValues, type Found, type Wanted } from './look.ts';
import { describeRepository } from './quotable.ts';
import { runInClone } from './render.ts';
import { review } from './review.ts';
import { settle } from './settle.ts';
import type { Workspace } from './workspace.ts';

/** How often a push is tried while others push at the same time. */
const PUSHES = 6;

export interface ChangeRequest {
  readonly component: string;
  readonly trailers: CommitTrailers;
  readonly wanted: Wanted;
  /** Whether an earlier attempt may have pushed the commit. */
  readonly mayBePushed: boolean;
  /** Runs before the first bytes go to the server. After that the branch may hold the commit. */
  readonly beforePush: () => Promise<void>;
}

export interface Change {
  /** Absent when the branch held the target's values without a commit of this rotation. */
  readonly commit?: string;
  readonly pushed: boolean;
  readonly warnings: readonly string[];
}

/**
 * Makes the branch hold the target's values: one commit, pushed without force. Where somebody else's commit came first,
 * the change starts again from the branch's new state. Encrypted files are never merged.
 * Running it twice is safe: the second run finds the commit by its trailer.
 */
export async function commitChange(workspace: Workspace, request: ChangeRequest): Promise<Change> {
  const { repository } = workspace;
  const { trailers, wanted } = request;
  const { target } = trailers;
  for (let attempt = 1; attempt <= PUSHES; attempt += 1) {
    await workspace.refresh();
    const found = await look(workspace, wanted);
    const own = await repository.findCommit(trailers, request.mayBePushed && attempt === 1);
    // The worker's own copy of the variable changes after the push. After a crash only this copy may be left to change.
    if (judgeFound(own === undefined ? found : committedPart(found), wanted, target) === 'target') {
      return { pushed: false, commit: own, ...(await settle(workspace, wanted, target)) };
    }
    if (own !== undefined) throw takenBack(own, target);
    const paths = await edit(workspace, found, wanted, target);
    if (paths.length === 0) return { pushed: false, ...(await settle(workspace, wanted, target)) };
    const commit = await repository.commit(paths, commitMessage(request.component, trailers));
    await request.beforePush();
    const result = await repository.push();
    if (result.kind === 'pushed') return { commit, pushed: true, ...(await settle(workspace, wanted, target)) };
    if (result.kind === 'refused') {
      throw new RotationError(
        'GitPushRefused',
        `The repository ${describeRepository(workspace.source.repository)} refused the commit on branch ${workspace.source.branch}: ${result.because}. Allow the account to push there.`,
      );
    }
  }
  throw new RotationError(
    'Conflict',
    `${PUSHES} pushes to ${describeRepository(workspace.source.repository)} were each overtaken by somebody else's.`,
  );
}

function committedPart({ secrets, variable }: Found): Found {
  return { secrets, variable: variable?.tracked === true ? variable : undefined };
}

function takenBack(commit: string, target: Target): RotationError {
  const which = target === 'pending' ? 'new' : 'previous';
  return new RotationError(
    'GitDisagrees',
    `Commit ${commit} brought the ${which} password, and a later commit took it back. Find out who did that and why.`,
  );
}

/** Edits, renders where the manifests are made so, and reviews the result. @returns the files to commit. */
async function edit(workspace: Workspace, found: Found, wanted: Wanted, target: Target): Promise<readonly string[]> {
  const { source, sops, write } = workspace;
  const { variable } = found;
  if (variable !== undefined) {
    const values = variableValues(variable.variable, wanted, target);
    write(variable.variable.file, await changeVariables(sops, variable.variable.file, variable, values));
  }
  if (source.render.length > 0) await runInClone(workspace, source.render);
  else await editManifests(workspace, found, target);
  const now = await look(workspace, wanted);
  if (!isOnSide(now, wanted, target)) {
    throw new RotationError(
      'RenderFailed',
      `"${source.render.join(' ')}" does not bring ${variable === undefined ? 'the password' : describeVariables(variable.variable)} into the manifests of ${wanted.secrets.map(({ name }) => name).join(', ')}. Name the variable that their templates use.`,
    );
  }
  return review(workspace, found, wanted);
}

/** Only the edit has changed the clone so far, so a value on neither side comes from the edit. */
function isOnSide(found: Found, wanted: Wanted, target: Target): boolean {
  try {
    return judgeFound(found, wanted, target) === 'target';
  } catch (error) {
    if (error instanceof RotationError && error.type === 'GitDisagrees') return false;
    throw error;
  }
}

function describeVariables({ file, key, usernameKey }: GitVariable): string {
  return `"${key}"${usernameKey === undefined ? '' : ` and "${usernameKey}"`} of ${file}`;
}

async function editManifests({ sops, write }: Workspace, { secrets }: Found, target: Target): Promise<void> {
  for (const { file, edits } of editsOfFiles(secrets, target)) write(file.path, await sops.change(file, edits));
}
