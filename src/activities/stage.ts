import { objectName, stagingSecretName } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import { Password } from '../domain/password.ts';
import type { Rotation } from '../domain/rotation.ts';
import { asText, rerender } from '../domain/secret-data.ts';
import type { Dependencies } from './dependencies.ts';
import { generatePassword } from './generate-password.ts';
import { createStaging, findStaging, type Staging } from './staging.ts';
import type { Owner, StageResult } from './types.ts';

/** Running it twice is safe: the second run finds the staging Secret with its own rotation's id, and generates nothing. */
export async function stage(
  deps: Dependencies,
  { rotation, owner }: { readonly rotation: Rotation; readonly owner: Owner },
): Promise<StageResult> {
  const present = (await findStaging(deps, rotation.component)) ?? (await writeStaging(deps, rotation, owner));
  if (present.rotationId !== rotation.id) throw anotherRotation(rotation, present);
  return { stagingSecret: present.secret.name, resourceVersion: present.secret.resourceVersion };
}

async function writeStaging(deps: Dependencies, rotation: Rotation, owner: Owner): Promise<Staging> {
  const { component } = rotation;
  const { namespace, role, secret } = component;
  const live = await deps.secrets.find(namespace, secret);
  const previous = asText(live?.data['password'] ?? new Uint8Array()) ?? '';
  if (live === undefined || previous === '') {
    throw new RotationError(
      'SecretAbsent',
      `${objectName('Secret', namespace, secret)} lost its password since preflight. Nothing was changed; restore it and start again.`,
    );
  }
  const from = { username: role, password: Password.of(previous) };
  const after = rerender(live.data, from, { username: role, password: generatePassword() });
  const before = Object.fromEntries(Object.entries(live.data).filter(([key]) => key in after));
  await createStaging(deps, rotation, owner, { previous: before, pending: after });
  // Ours, or that of whoever was quicker.
  const staging = await findStaging(deps, component);
  if (staging !== undefined) return staging;
  throw new RotationError(
    'KubernetesUnavailable',
    `${objectName('Secret', namespace, stagingSecretName(component))} vanished right after it was written.`,
  );
}

function anotherRotation({ component }: Rotation, { secret, rotationId, owner }: Staging): RotationError {
  return new RotationError(
    'AnotherRotation',
    `Rotation ${rotationId} of ${component.name} (workflow ${owner.workflowId}, run ${owner.runId}) holds ${objectName('Secret', component.namespace, secret.name)}. ` +
      `Wait for it, or look at it with "temporal workflow show -w ${owner.workflowId}". If it ended needing attention, do what its report says, then delete that Secret.`,
  );
}
