import { recordOf, roleSecrets } from '../../domain/adopt/index.ts';
import type { Dependencies } from '../dependencies.ts';
import type { RolesInput, SplitResult } from '../types/index.ts';
import { currentCredential } from '../gather/current-login.ts';
import { requireCluster } from './declare-roles.ts';
import { isDeclared, readNote } from './note-of-before.ts';
import { ensureRoleSecret } from './role-secrets.ts';

/**
 * Makes the Secrets that only CNPG will read. The role that logs in now keeps its password, stored as a verifier. Every
 * other role gets a password that nobody knows. Nothing reads these Secrets yet.
 * Running it twice is safe: a Secret that this adoption wrote is left alone.
 */
export async function splitSecrets(deps: Dependencies, { rotation, names }: RolesInput): Promise<SplitResult> {
  const { component, id } = rotation;
  const current = await currentCredential(deps, component);
  const { facts } = await requireCluster(deps, component);
  const note = await readNote(deps, component, names.ownerSecret);
  // A note of an adoption that declared nothing, or was undone since, says nothing of the Cluster as it is now.
  const isBefore = note !== undefined && isDeclared(facts.spec, names.owner, names.ownerSecret);
  const record = isBefore ? note.record : recordOf(facts.spec, names);
  for (const login of roleSecrets(names)) {
    await ensureRoleSecret(deps, component, login, {
      adoption: id,
      ...(login.role === current.username && { password: current.password }),
      ...(login.role === names.owner && record !== undefined && { record }),
    });
  }
  return { secrets: roleSecrets(names).map(({ secret }) => secret) };
}
