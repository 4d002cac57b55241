import { RotationError } from '../domain/failures.ts';
import { inAnyEncoding } from '../domain/text/encodings.ts';
import { judgeChangedPaths, type ChangedPath } from '../domain/proofs/changed-paths.ts';
import { asText } from '../domain/secrets/secret-data.ts';
import type { Found, Wanted } from './look.ts';
import { placeOfKey } from './secret-manifest.ts';
import { isEncrypted, requireSameEncryption } from './sops-metadata.ts';
import { placeOf, variablesOf } from './variable.ts';
import type { Workspace } from './workspace.ts';
import { describePlace, differences } from './yaml-edit.ts';

/**
 * Reviews everything that an edit or a render has changed, decrypted before and after.
 * @returns the files to commit.
 * @throws RotationError `ChangeTouchesOthers` when anything but the named keys of the component's files differs.
 */
export async function review(workspace: Workspace, found: Found, wanted: Wanted): Promise<readonly string[]> {
  const { repository, source } = workspace;
  const expected = expectedPlaces(found);
  const changed: ChangedPath[] = [];
  const surprises: string[] = [];
  for (const path of await repository.changed()) {
    const differing = await decryptedDifferences(workspace, path);
    const own = expected.get(path);
    if (differing === undefined) changed.push({ path, kind: 'other' });
    else if (own === undefined) changed.push({ path, kind: differing.length === 0 ? 'same' : 'other' });
    else {
      changed.push({ path, kind: 'own' });
      requireSameEncryption(path, (await repository.readCommitted(path)) ?? '', repository.read(path) ?? '');
      surprises.push(...differing.filter((place) => !own.has(place)).map((place) => `${path} (${place})`));
    }
  }
  const verdict = judgeChangedPaths(changed, source.allowedPaths);
  const refused = [...verdict.refuse, ...surprises];
  if (refused.length > 0) {
    throw new RotationError(
      'ChangeTouchesOthers',
      `The new password would change more in the repository than itself: ${refused.slice(0, 5).join(', ')}${refused.length > 5 ? `, and ${refused.length - 5} more` : ''}. Bring the branch to what a render makes of it now and commit that, or add the paths to allowedPaths.`,
    );
  }
  for (const path of verdict.commit) requireNoPlaintext(path, repository.read(path) ?? '', wanted);
  return verdict.commit;
}

/** PostgreSQL's form of a verifier. */
const VERIFIER = String.raw`SCRAM-SHA-256\$\d+:`;

/** Where each of the component's files may differ. */
function expectedPlaces({ secrets, variable }: Found): ReadonlyMap<string, ReadonlySet<string>> {
  const places = new Map<string, Set<string>>();
  const add = (path: string, place: string): void => {
    places.set(path, (places.get(path) ?? new Set()).add(place));
  };
  for (const { secret, file, ...where } of secrets) {
    for (const key of Object.keys(secret.data.pending)) {
      add(file.path, describePlace(placeOfKey(where, 'data', key)));
      add(file.path, describePlace(placeOfKey(where, 'stringData', key)));
    }
  }
  if (variable?.tracked === true) {
    for (const one of Object.values(variablesOf(variable.variable)))
      add(one.file, describePlace(placeOf(variable.plain, one)));
  }
  return places;
}

/** The places where the content differs, or `undefined` where they cannot be found. */
async function decryptedDifferences(
  { repository, sops }: Workspace,
  path: string,
): Promise<readonly string[] | undefined> {
  if (!/\.(ya?ml|json)$/.test(path)) return undefined;
  const [before, after] = [await repository.readCommitted(path), repository.read(path)];
  if (before === undefined || after === undefined) return undefined;
  if (!isEncrypted(before, path) || !isEncrypted(after, path)) return undefined;
  const [plainBefore, plainAfter] = await Promise.all([sops.decrypt(path, before), sops.decrypt(path, after)]);
  return differences(plainBefore, plainAfter, path);
}

/**
 * The password, or a verifier of it, must not enter the repository through a rule that leaves a key unencrypted. Only a
 * user's name may stand in such a key.
 */
function requireNoPlaintext(path: string, content: string, { secrets, passwords }: Wanted): void {
  const texts = Object.values(passwords).map((password) => inAnyEncoding(password.reveal()));
  const withPassword = new RegExp([...texts, VERIFIER].join('|'));
  const encoded = secrets
    .flatMap(({ data }) => [...Object.values(data.pending), ...Object.values(data.previous)])
    .filter((value) => withPassword.test(asText(value) ?? ''))
    .map((value) => Buffer.from(value).toString('base64').replace(/[+/]/g, '\\$&'));
  if (!new RegExp([...texts, VERIFIER, ...encoded].join('|')).test(content)) return;
  throw new RotationError(
    'SecretInPlaintext',
    `${path} would hold the password in plaintext: its SOPS rule leaves the key unencrypted. Correct the rule (encrypted_regex) in .sops.yaml and in the file.`,
  );
}
