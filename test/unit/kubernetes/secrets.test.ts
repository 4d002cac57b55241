import { type LiveSecret, Secrets } from '../../../src/kubernetes/secrets.ts';
import { StubApi } from './stub-api.ts';

const DATA = { 'f:data': { 'f:password': {} } };
const OTHER_KEY = { 'f:data': { 'f:username': {} }, 'f:metadata': { 'f:labels': {} } };
const ANNOTATIONS = { 'f:metadata': { 'f:annotations': {} } };

function entry(manager: string, time: string, fieldsV1: object): object {
  return { manager, time: new Date(time), fieldsV1 };
}

async function find(...managedFields: object[]): Promise<LiveSecret | undefined> {
  const { connection } = new StubApi({ readNamespacedSecret: () => ({ metadata: { managedFields } }) });
  return new Secrets(connection).find('ns', 'secret');
}

describe('who wrote a Secret last', () => {
  const lastWriter = async (...managedFields: object[]): Promise<unknown> => (await find(...managedFields))?.lastWriter;

  it('is the newest of its managers', async () => {
    const [older, newer] = ['2026-11-24T08:00:00.000Z', '2026-11-24T08:00:01.000Z'];
    await expect(lastWriter(entry('a', older, DATA), entry('b', newer, DATA))).resolves.toEqual({
      manager: 'b',
      at: newer,
    });
  });

  it('is the one whose data it holds, when two wrote in the same second', async () => {
    const at = '2026-11-24T08:00:00.000Z';
    await expect(lastWriter(entry('ours', at, ANNOTATIONS), entry('theirs', at, DATA))).resolves.toEqual({
      manager: 'theirs',
      at,
    });
  });

  it('is the one whose password it holds, when two of its data wrote in the same second', async () => {
    const at = '2026-11-24T08:00:00.000Z';
    await expect(lastWriter(entry('ours', at, OTHER_KEY), entry('theirs', at, DATA))).resolves.toEqual({
      manager: 'theirs',
      at,
    });
  });

  it('is the newer one, though it has changed another key than the password', async () => {
    const [older, newer] = ['2026-11-24T08:00:00.000Z', '2026-11-24T08:00:01.000Z'];
    await expect(lastWriter(entry('ours', older, DATA), entry('theirs', newer, OTHER_KEY))).resolves.toEqual({
      manager: 'theirs',
      at: newer,
    });
  });

  it('is told where nobody owns data', async () => {
    const at = '2026-11-24T08:00:00.000Z';
    await expect(lastWriter(entry('a', at, ANNOTATIONS))).resolves.toEqual({ manager: 'a', at });
  });
});

describe('when the password of a Secret was changed', () => {
  const [older, newer] = ['2026-11-24T08:00:00.000Z', '2026-11-24T08:00:01.000Z'];

  it('is not when somebody set a label who owns another key', async () => {
    const { dataChangedAt } = (await find(entry('a', older, DATA), entry('b', newer, OTHER_KEY))) ?? {};
    expect(dataChangedAt?.toISOString()).toBe(older);
  });

  it('is the newest change of its data, where nobody owns the password', async () => {
    const { dataChangedAt } = (await find(entry('a', older, OTHER_KEY), entry('b', newer, OTHER_KEY))) ?? {};
    expect(dataChangedAt?.toISOString()).toBe(newer);
  });
});

describe('who else may write a Secret', () => {
  it('is read from its owners and its field managers', async () => {
    const metadata = {
      ownerReferences: [
        { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', name: 'a', uid: 'u', controller: true },
      ],
      managedFields: [
        { manager: 'kubectl', operation: 'Apply', fieldsV1: DATA },
        { manager: 'argocd-controller', operation: 'Update', fieldsV1: ANNOTATIONS },
      ],
    };
    const { connection } = new StubApi({ readNamespacedSecret: () => ({ metadata }) });
    await expect(new Secrets(connection).find('ns', 'secret')).resolves.toMatchObject({
      ownerReferences: [{ apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', name: 'a', controller: true }],
      fieldManagers: [
        { manager: 'kubectl', operation: 'Apply', keys: ['password'] },
        { manager: 'argocd-controller', operation: 'Update', keys: [] },
      ],
    });
  });
});
