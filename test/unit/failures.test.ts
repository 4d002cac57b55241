import { ApplicationFailure } from '@temporalio/common';
import { ApiException } from '@kubernetes/client-node';
import { changedMeanwhile, orElse, RotationError } from '../../src/domain/failures.ts';
import { fromKubernetes } from '../../src/kubernetes/errors.ts';

const QUOTES = new TypeError('postgresql://litellm:hunter2@db');
const carried = (type: string): ApplicationFailure => ApplicationFailure.create({ type, message: 'Said by us.' });

describe('what was thrown, as an error of the product', () => {
  it.each<readonly [string, unknown, string]>([
    ['its own', new RotationError('StagingLost', 'Said by us.'), 'StagingLost'],
    ['its own that Temporal carried', carried('StagingLost'), 'StagingLost'],
    ['its own that Temporal wrapped', new Error('Activity task failed', { cause: carried('Conflict') }), 'Conflict'],
    ['a rule’s that Temporal carried', carried('secret-exists'), 'secret-exists'],
    ['of a type that is unknown', carried('WorkerShutdown'), 'Unexpected'],
  ])('%s: keeps its words', (_, thrown, type) => {
    expect(RotationError.from(thrown)).toMatchObject({ type, message: 'Said by us.' });
  });

  it.each<readonly [string, unknown, RegExp]>([
    ['a library’s error', QUOTES, /^Unexpected TypeError at .*failures\.test\.ts/],
    ['its own as a cause of a library’s', new Error('hunter2', { cause: QUOTES }), /^Unexpected Error at /],
    ['no error at all', 'hunter2', /^Unexpected string\. /],
  ])('%s: tells its kind and place, and quotes nothing', (_, thrown, says) => {
    const { type, message, retryable } = RotationError.from(thrown);
    expect({ type, retryable }).toEqual({ type: 'Unexpected', retryable: true });
    expect(message).toMatch(says);
    expect(message).toContain('This is a defect of cnpg-rotator');
    expect(message).not.toContain('hunter2');
  });

  it('is in the words of whoever knows that they hold no password', () => {
    expect(RotationError.from(new Error('x'), () => 'The check failed.').reason).toEqual({
      type: 'Unexpected',
      message: 'The check failed.',
    });
  });
});

describe('a look', () => {
  it('that failed for a reason of the product has another result, and a defect still comes out', async () => {
    const lost = Promise.reject(new RotationError('StagingLost', 'Gone.'));
    await expect(orElse(lost, ({ reason }) => reason)).resolves.toEqual({ type: 'StagingLost', message: 'Gone.' });
    await expect(orElse(Promise.reject(QUOTES), () => 'unknown')).rejects.toBe(QUOTES);
  });
});

describe('a conflict', () => {
  it.each([
    ['seen by the version of an object', changedMeanwhile('Secret', 'ai-system', 'litellm')],
    [
      'answered by the API',
      fromKubernetes(new ApiException(409, 'Conflict', '{}', {}), 'patch Secret ai-system/litellm'),
    ],
  ])('%s is tried again', (_, error) => {
    expect(error).toMatchObject({ type: 'Conflict', retryable: true });
    expect(error.message).toContain('Secret ai-system/litellm');
  });
});
