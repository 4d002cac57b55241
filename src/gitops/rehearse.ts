import { RotationError } from '../domain/failures.ts';
import { editsOfFiles, editsOfVariables, type FileEdits } from './edits.ts';
import { requireRenderable } from './render.ts';
import { variableValues, type Found, type FoundSecret, type Wanted } from './look.ts';
import { describeEncryption, requireKnownKeys, requireSameEncryption } from './sops-metadata.ts';
import { writeVariable } from './variable.ts';
import type { Workspace } from './workspace.ts';
import { describePlace, differences } from './yaml-edit.ts';

/**
 * Tries the change of every file in memory, so that a key which is missing is found before anything is written. The
 * work tree stays as it is. A render itself is not run.
 * @throws RotationError `SopsFailed`, `SopsKeyRefused`, `SecretNotInGit`.
 */
export async function rehearse(workspace: Workspace, found: Found, wanted: Wanted): Promise<void> {
  const { source } = workspace;
  const { variable, secrets } = found;
  await requireRenderable(workspace);
  for (const one of secrets) {
    requireKnownKeys(one.file.encrypted, one.file.path);
    if (one.at.length > 0 && source.flux.reconcile.length === 0) throw inList(one);
  }
  if (variable !== undefined) {
    const values = variableValues(variable.variable, wanted, 'pending');
    const encrypted = editsOfVariables(variable.variable.file, variable, values);
    if (encrypted !== undefined) await change(workspace, encrypted);
    else values.reduce((text, { variable: one, value }) => writeVariable(text, one, value), variable.plain);
  }
  for (const one of editsOfFiles(secrets, 'pending')) {
    if (source.render.length === 0) await change(workspace, one);
    else await encryptAsARender(workspace, one);
  }
}

async function change({ sops }: Workspace, { file, edits }: FileEdits): Promise<void> {
  const changed = await sops.change(file, edits);
  const plain = await sops.decrypt(file.path, changed);
  const expected = new Set(edits.map(describePlace));
  const surprises = differences(file.plain, plain, file.path).filter((place) => !expected.has(place));
  if (surprises.length > 0 || describeEncryption(changed, file.path) !== describeEncryption(file.encrypted, file.path))
    throw new RotationError(
      'SopsFailed',
      `SOPS would change more of ${file.path} than the password: ${surprises.join(', ') || 'who can decrypt it'}. Run "sops edit ${file.path}", save it, commit that, then rotate again.`,
    );
}

/** A render encrypts each file anew, by the rule of .sops.yaml. Without that file the render makes it, too. */
async function encryptAsARender({ sops, repository }: Workspace, { file }: FileEdits): Promise<void> {
  if (repository.read('.sops.yaml') === undefined) return;
  const encrypted = await sops.encryptByRule(file.path, file.plain);
  if (encrypted !== undefined) requireSameEncryption(file.path, file.encrypted, encrypted);
}

/** Kustomize takes a List apart, and SOPS' note stays behind with the List. */
function inList({ secret, file }: FoundSecret): RotationError {
  return new RotationError(
    'SecretNotInGit',
    `Secret ${secret.namespace}/${secret.name} stands in a List in ${file.path}, which SOPS has encrypted as a whole. Flux takes a List apart before it decrypts, so it would apply what is encrypted. Write each Secret as a document of its own (separated by "---"), or name the command that applies the file in "flux.reconcile" of the catalogue.`,
  );
}
