import { Secrets } from '../../../src/kubernetes/secrets.ts';
import { StubApi } from './stub-api.ts';

describe('who wrote a Secret last', () => {
  const DATA = { 'f:data': { 'f:password': {} } };
  const ANNOTATIONS = { 'f:metadata': { 'f:annotations': {} } };
  const entry = (manager: string, time: string, fieldsV1: object): object => ({
    manager,
    time: new Date(time),
    fieldsV1,
  });
  const lastWriter = async (...managedFields: object[]): Promise<unknown> => {
    const { connection } = new StubApi({ readNamespacedSecret: () => ({ metadata: { managedFields } }) });
    return (await new Secrets(connection).find('ns', 'secret'))?.lastWriter;
  };

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

  it('is told where nobody owns data', async () => {
    const at = '2026-11-24T08:00:00.000Z';
    await expect(lastWriter(entry('a', at, ANNOTATIONS))).resolves.toEqual({ manager: 'a', at });
  });
});
