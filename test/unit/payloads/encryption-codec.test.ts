import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { EncryptionCodec, keyIdOf } from '../../../src/temporal/payloads/encryption-codec.ts';
import { exampleKey } from '../../workflow/encryption.ts';

const OLD = exampleKey('old', 1);
const NEW = exampleKey('new', 2);
const TEXT = 'litellm-db-secret';

const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const valueOf = (payload: Payload | undefined): unknown => payload && defaultPayloadConverter.fromPayload(payload);
const encrypted = async (...keys: readonly (typeof OLD)[]): Promise<Payload> => {
  const [payload] = await new EncryptionCodec(keys).encode([payloadOf({ secret: TEXT })]);
  if (payload === undefined) throw new Error('there is no payload');
  return payload;
};
const read = async (payload: Payload, ...keys: readonly (typeof OLD)[]): Promise<unknown> =>
  valueOf((await new EncryptionCodec(keys).decode([payload]))[0]);

describe('a payload', () => {
  it('comes back as it was, and is unreadable meanwhile', async () => {
    const payload = await encrypted(NEW);
    expect(Buffer.from(payload.data ?? []).toString()).not.toContain(TEXT);
    expect(Buffer.from(payload.metadata?.['encoding'] ?? []).toString()).toBe('binary/encrypted');
    expect(await read(payload, NEW)).toEqual({ secret: TEXT });
  });

  it('is another one each time', async () => {
    const [one, two] = [await encrypted(NEW), await encrypted(NEW)];
    expect(one.data).not.toEqual(two.data);
  });

  it('is encrypted with the first key, and decrypted with any', async () => {
    const payload = await encrypted(NEW, OLD);
    expect(keyIdOf(payload)).toBe('new');
    expect(await read(await encrypted(OLD), NEW, OLD)).toEqual({ secret: TEXT });
    await expect(read(payload, OLD)).rejects.toMatchObject({
      type: 'PayloadUnreadable',
      message: expect.stringContaining('the key "new", and here are "old"') as string,
    });
  });

  it('is refused without any key, with the variable to set', async () => {
    await expect(read(await encrypted(NEW))).rejects.toMatchObject({
      type: 'PayloadUnreadable',
      message: expect.stringMatching(/"new", and there is no key here. Set CNPG_ROTATOR_PAYLOAD_KEY_FILE/) as string,
    });
  });

  it.each([
    ['another key has the id', (payload: Payload) => payload, exampleKey('new', 3)],
    ['it was changed', (payload: Payload) => flipped(payload, 20), NEW],
    ['its tag was changed', (payload: Payload) => flipped(payload, -1), NEW],
    ['it was cut', ({ metadata }: Payload) => ({ metadata, data: Buffer.alloc(3) }), NEW],
  ])('is refused where %s', async (_, change, key) => {
    await expect(read(change(await encrypted(NEW)), key)).rejects.toMatchObject({
      type: 'PayloadUnreadable',
      message: expect.stringContaining('does not decrypt the payload') as string,
    });
  });

  it('that was never encrypted is read with and without keys', async () => {
    expect(await read(payloadOf(TEXT), NEW)).toBe(TEXT);
    expect(await read(payloadOf(TEXT))).toBe(TEXT);
  });

  it('stays as it is where there is no key', async () => {
    const payload = payloadOf(TEXT);
    expect(await new EncryptionCodec([]).encode([payload])).toEqual([payload]);
  });
});

function flipped({ metadata, data }: Payload, at: number): Payload {
  const bytes = Buffer.from(data ?? []);
  const index = at < 0 ? bytes.length + at : at;
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  return { metadata, data: bytes };
}
