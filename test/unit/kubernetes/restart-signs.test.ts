import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { reloaderVariable } from '../../../src/domain/reloader.ts';
import { findMarker, restartedFor, type RestartSigns } from '../../../src/kubernetes/restart-signs.ts';

const SECRET = 'litellm-db-secret';
const SIGNS: RestartSigns = {
  secrets: [{ name: SECRET, hash: 'hash-of-the-live-one' }],
  component: 'litellm',
  mark: 'litellm-1.previous',
  undone: 'litellm-1.pending',
};

function template(annotations: Readonly<Record<string, string>>, hash = 'hash-of-the-live-one'): V1PodTemplateSpec {
  return {
    metadata: { annotations },
    spec: { containers: [{ name: 'app', env: [{ name: reloaderVariable(SECRET), value: hash }] }] },
  };
}

describe('the sign of a restart', () => {
  it.each([
    ['Reloader’s hash of the live Secret', template({}), 'reloader'],
    ['our own mark', template({ [restartedFor('litellm')]: 'litellm-1.previous' }, 'another'), 'forced'],
    ['none of another Secret’s hash', template({}, 'another'), undefined],
    [
      'none of a hash that stood there before we restarted it for the other side',
      template({ [restartedFor('litellm')]: 'litellm-1.pending' }),
      undefined,
    ],
    [
      'Reloader’s hash, whatever an earlier rotation forced',
      template({ [restartedFor('litellm')]: 'litellm-0.pending' }),
      'reloader',
    ],
    [
      'our own mark beside that of another component whose Secret it reads too',
      template({ [restartedFor('litellm')]: 'litellm-1.previous', [restartedFor('obot')]: 'obot-1.pending' }, 'x'),
      'forced',
    ],
  ] as const)('is %s', (_, made, marker) => {
    expect(findMarker(made, SIGNS)).toBe(marker);
  });

  it('has a key of at most 63 characters, different for each component', () => {
    const long = (end: string): string => restartedFor(`${'c'.repeat(60)}${end}`);
    expect(restartedFor('litellm')).toBe('cnpg-rotator.io/restarted-for-litellm');
    expect(long('a').split('/')[1]?.length).toBeLessThanOrEqual(63);
    expect(long('a')).not.toBe(long('b'));
  });
});
