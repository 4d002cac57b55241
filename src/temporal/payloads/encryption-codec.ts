import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { RotationError } from '../../domain/failures.ts';
import type { PayloadKey } from './payload-keys.ts';

/** The names of Temporal's own samples, so that a codec server made from them reads these payloads, too. */
export const ENCRYPTED = 'binary/encrypted';
export const KEY_ID = 'encryption-key-id';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/**
 * Encrypts every payload with the first key, and decrypts with the key that the payload names. An encrypted payload is
 * the IV, the encrypted protobuf message and the tag. Without keys payloads stay as they are, and an encrypted one is
 * refused.
 */
export class EncryptionCodec implements PayloadCodec {
  readonly #keys: readonly PayloadKey[];

  constructor(keys: readonly PayloadKey[]) {
    this.#keys = keys;
  }

  encode(payloads: Payload[]): Promise<Payload[]> {
    const [first] = this.#keys;
    return Promise.resolve(first === undefined ? payloads : payloads.map((payload) => encrypt(payload, first)));
  }

  /** @throws RotationError `PayloadUnreadable`. */
  decode(payloads: Payload[]): Promise<Payload[]> {
    // A throw becomes a rejection.
    return Promise.resolve().then(() => payloads.map((payload) => this.#decrypt(payload)));
  }

  #decrypt(payload: Payload): Payload {
    const id = keyIdOf(payload);
    if (id === undefined) return payload;
    const found = this.#keys.find((key) => key.id === id);
    if (found === undefined) throw keyAbsent(id, this.#keys);
    return decrypt(payload, found);
  }
}

/** The id of the key with which a payload is encrypted; undefined where the payload is not encrypted. */
export function keyIdOf({ metadata }: Payload): string | undefined {
  const textOf = (name: string): string => Buffer.from(metadata?.[name] ?? []).toString();
  return textOf('encoding') === ENCRYPTED ? textOf(KEY_ID) : undefined;
}

/** What to do about a key that is not there. */
export function keyAbsent(id: string, keys: readonly PayloadKey[]): RotationError {
  const known = keys.length === 0 ? 'there is no key here' : `here are ${keys.map((key) => `"${key.id}"`).join(', ')}`;
  return new RotationError(
    'PayloadUnreadable',
    `Temporal's histories are encrypted with the key "${id}", and ${known}. Set CNPG_ROTATOR_PAYLOAD_KEY_FILE to the file of keys that the workers have.`,
  );
}

function encrypt(payload: Payload, { id, key }: PayloadKey): Payload {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv);
  const text = cipher.update(PayloadMessage.encode(payload).finish());
  return {
    metadata: { encoding: Buffer.from(ENCRYPTED), [KEY_ID]: Buffer.from(id) },
    data: Buffer.concat([iv, text, cipher.final(), cipher.getAuthTag()]),
  };
}

function decrypt({ data }: Payload, { id, key }: PayloadKey): Payload {
  const bytes = Buffer.from(data ?? []);
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
    return PayloadMessage.decode(Buffer.concat([text, decipher.final()]));
  } catch {
    throw new RotationError(
      'PayloadUnreadable',
      `A payload names the key "${id}", and the key "${id}" of CNPG_ROTATOR_PAYLOAD_KEY_FILE does not decrypt the payload. Put the workers' key "${id}" into that file.`,
    );
  }
}
