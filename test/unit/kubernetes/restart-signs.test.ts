import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { reloaderVariable } from '../../../src/domain/proofs/reloader.ts';
import { findMarker, restartedFor, type RestartSigns } from '../../../src/kubernetes/restart-signs.ts';

const SECRET = 'litellm-db-secret';
const SIGNS: RestartSigns = {
  secrets: [{ name: SECRET, hash: 'hash-of-the-live-one', undoneHash: 'hash-of-the-undone-one' }],
  component: 'litellm',
  mark: 'litellm-1.previous',
  undone: 'litellm-1.pending',
  changedAt: new Date(0),
};

function template(annotations: Readonly<Record<string, string>>, hash = 'hash-of-the-live-one'): V1PodTemplateSpec {
  return {
    metadata: { annotations },
    spec: { containers: [{ name: 'app', env: [{ name: reloaderVariable(SECRET), value: hash }] }] },
  };
}

const annotated = (hash: string) => ({
  'reloader.stakater.com/last-reloaded-from': JSON.stringify({ name: SECRET, hash }),
});

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
      'none of a hash that one of Reloader’s strategies left there, where the other one marked the undone one',
      template(annotated('hash-of-the-live-one'), 'hash-of-the-undone-one'),
      undefined,
    ],
    [
      'none of the same the other way round',
      template(annotated('hash-of-the-undone-one'), 'hash-of-the-live-one'),
      undefined,
    ],
    [
      'Reloader’s hash by either strategy, whatever the other one left there before',
      template(annotated('hash-of-an-older-one')),
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
