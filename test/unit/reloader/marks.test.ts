import { hashInAnnotation, reloaderVariable } from '../../../src/domain/proofs/reloader.ts';
import { reloaderHash } from '../../../src/kubernetes/secret-hash.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('Reloader’s mark on a pod template', () => {
  it('is an environment variable named after the Secret', () => {
    expect(reloaderVariable('litellm-db-secret')).toBe('STAKATER_LITELLM_DB_SECRET_SECRET');
    expect(reloaderVariable('a.b--c')).toBe('STAKATER_A_B_C_SECRET');
  });

  it('is the SHA-1 of the sorted pairs, so it does not depend on the order of the keys', () => {
    // printf 'password=p;username=u' | sha1sum
    const expected = '3511046fbc53c13e94fd1f1d9529fc401f15eee6';
    const hash = reloaderHash({ username: bytes('u'), password: bytes('p') });
    expect(hash).toMatch(/^[0-9a-f]{40}$/);
    expect(reloaderHash({ password: bytes('p'), username: bytes('u') })).toBe(hash);
    expect(hash).toBe(expected);
  });

  it('is an annotation with the Secret’s name and hash, for the other strategy', () => {
    const annotations = {
      'reloader.stakater.com/last-reloaded-from': '{"type":"SECRET","name":"s","namespace":"n","hash":"h1"}',
    };
    expect(hashInAnnotation(annotations, 's')).toBe('h1');
    expect(hashInAnnotation(annotations, 'other')).toBeUndefined();
    expect(hashInAnnotation({ 'reloader.stakater.com/last-reloaded-from': 'not JSON' }, 's')).toBeUndefined();
  });
});
