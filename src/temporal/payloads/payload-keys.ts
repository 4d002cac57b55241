import { createSecretKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { RotationError, messageOf } from '../../domain/failures.ts';

/** AES-256. */
const KEY_BYTES = 32;

/** A key for the payloads of Temporal's histories. */
export interface PayloadKey {
  /** Stands beside each payload, so that a reader finds the key. */
  readonly id: string;
  /** Prints without its bytes. */
  readonly key: KeyObject;
}

/**
 * The keys of the file of `CNPG_ROTATOR_PAYLOAD_KEY_FILE`: one a line, as `id: base64 of 32 bytes`. The first key
 * encrypts, and every key decrypts. Default: no keys, and payloads stay as they are.
 * @throws RotationError `InvalidConfiguration`: what is wrong, and in which line, without the line itself.
 */
export function payloadKeys(file = process.env['CNPG_ROTATOR_PAYLOAD_KEY_FILE']): readonly PayloadKey[] {
  if (file === undefined || file === '') return [];
  const invalid = (why: string): RotationError =>
    new RotationError(
      'InvalidConfiguration',
      `The file of CNPG_ROTATOR_PAYLOAD_KEY_FILE, ${file}, ${why}. Each line is "id: base64 of ${KEY_BYTES} bytes". Make a key with "openssl rand -base64 ${KEY_BYTES}".`,
    );
  const keys = readText(file, invalid)
    .split('\n')
    .flatMap((line, index) => {
      const text = line.trim();
      if (text === '' || text.startsWith('#')) return [];
      return [parseLine(text, (why) => invalid(`has a wrong line ${index + 1}: ${why}`))];
    });
  if (keys.length === 0) throw invalid('has no key');
  const ids = keys.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw invalid(`has two keys with the id "${twice}"`);
  return keys;
}

function readText(file: string, invalid: (why: string) => RotationError): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid(`cannot be read (${messageOf(error).split(',')[0] ?? ''})`);
  }
}

function parseLine(text: string, invalid: (why: string) => RotationError): PayloadKey {
  const [, id, value] = /^([\w.-]{1,64}):\s*(\S+)$/.exec(text) ?? [];
  if (id === undefined || value === undefined)
    throw invalid('it is not an id of letters, digits and "._-", a colon and a key');
  const bytes = Buffer.from(value, 'base64');
  if (bytes.toString('base64') !== value) throw invalid(`the key "${id}" is not base64`);
  if (bytes.length !== KEY_BYTES) throw invalid(`the key "${id}" has ${bytes.length} bytes`);
  return { id, key: createSecretKey(bytes) };
}
