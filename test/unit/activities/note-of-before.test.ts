import { ownerSecretName, readNote } from '../../../src/activities/adopt/note-of-before.ts';
import { declareRoles } from '../../../src/activities/adopt/declare-roles.ts';
import { splitSecrets } from '../../../src/activities/adopt/split-secrets.ts';
import { withdrawRoles } from '../../../src/activities/adopt/withdraw-roles.ts';
import { seeSecrets } from '../../../src/activities/gather/seen-secrets.ts';
import type { AdoptionNames, RoleSpec } from '../../../src/domain/adopt/index.ts';
import { inActivity } from '../../harness/activities/in-activity.ts';
import { ReconcilingCluster } from '../../harness/activities/reconciling-cluster.ts';
import { clockOf } from '../../harness/activities/step-clock.ts';
import { LITELLM } from '../../harness/examples.ts';
import { ROTATION } from '../../harness/rotation-input.ts';
import { IN_PLACE, NAMES } from '../adopt/world.ts';

const OF_THE_OWNER: AdoptionNames = { ...NAMES, ownerSecret: 'of-the-owner' };
/** As a person declares it later. */
const MOVED: RoleSpec = {
  ...IN_PLACE,
  roles: IN_PLACE.roles.map((role) => ({ ...role, passwordSecret: { name: 'moved' } })),
};
const OLD = 'old-password-0123456789';

const clock = (cnpg: ReconcilingCluster) => clockOf(cnpg, 60_000);

async function adopt(cnpg: ReconcilingCluster, names: AdoptionNames, id = ROTATION.id): Promise<void> {
  const input = { rotation: { ...ROTATION, id }, names };
  await splitSecrets(cnpg.world, input);
  await inActivity(() => declareRoles(cnpg.world, input, clock(cnpg)));
}

const chosen = async (cnpg: ReconcilingCluster, asked?: string): Promise<string> =>
  ownerSecretName(await seeSecrets(cnpg.world, LITELLM), LITELLM, asked, cnpg.spec);

describe('the owner’s Secret', () => {
  it('has the name that was asked for, or the usual one, where nothing was adopted', async () => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    await expect(chosen(cnpg)).resolves.toBe('litellm-owner-role');
    await expect(chosen(cnpg, 'another')).resolves.toBe('another');
  });

  it('is that of the earlier adoption, whatever is asked for', async () => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    await adopt(cnpg, OF_THE_OWNER);
    await expect(chosen(cnpg)).resolves.toBe('of-the-owner');
    await expect(chosen(cnpg, 'another')).resolves.toBe('of-the-owner');
  });

  it('is found by its note when the Cluster points to it no more', async () => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    await adopt(cnpg, OF_THE_OWNER);
    cnpg.declare(IN_PLACE);
    await expect(chosen(cnpg)).resolves.toBe('of-the-owner');
  });
});

describe('the note of before', () => {
  it('is of before where a second note says that CNPG read the first adoption’s Secret', async () => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    await adopt(cnpg, OF_THE_OWNER);
    await adopt(cnpg, NAMES, 'second');
    await expect(readNote(cnpg.world, LITELLM, NAMES.ownerSecret)).resolves.toEqual({
      record: { passwordSecret: LITELLM.secret, bootstrap: IN_PLACE.bootstrap, roles: ['litellm_a', 'litellm_b'] },
      secrets: ['litellm-owner-role', 'of-the-owner'],
    });
    await inActivity(() => withdrawRoles(cnpg.world, { rotation: ROTATION, names: NAMES }, clock(cnpg)));
    expect(cnpg.spec).toEqual(IN_PLACE);
    expect([...cnpg.secrets.keys()]).toEqual([LITELLM.secret]);
    expect(cnpg.accepts('litellm', OLD)).toBe(true);
  });

  it('is written anew where the adoption before declared nothing, since the Cluster may have changed', async () => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    await splitSecrets(cnpg.world, { rotation: { ...ROTATION, id: 'earlier' }, names: NAMES });
    cnpg.put('moved', { username: 'litellm', password: OLD });
    cnpg.declare(MOVED);
    await adopt(cnpg, NAMES);
    const note = await readNote(cnpg.world, LITELLM, NAMES.ownerSecret);
    expect(note?.record.passwordSecret).toBe('moved');
  });

  it('takes nothing back of a Cluster in which nothing is declared', async () => {
    const cnpg = new ReconcilingCluster(IN_PLACE);
    await splitSecrets(cnpg.world, { rotation: ROTATION, names: NAMES });
    cnpg.put('moved', { username: 'litellm', password: OLD });
    cnpg.declare(MOVED);
    const { spec } = cnpg;
    await inActivity(() => withdrawRoles(cnpg.world, { rotation: ROTATION, names: NAMES }, clock(cnpg)));
    expect(cnpg.spec).toEqual(spec);
  });
});
