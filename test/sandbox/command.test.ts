import { command, searchPath } from '../../sandbox/common/command.ts';
import { SandboxError, describeError } from '../../sandbox/common/errors.ts';

const failureOf = async (file: string, ...args: string[]): Promise<string> =>
  describeError(await command(file, args).catch((error: unknown) => error));

describe('a program that the sandbox runs', () => {
  it('is looked for where the user’s PATH says, and then where su and sudo do not', () => {
    expect(searchPath({ PATH: '/own:/usr/bin' })).toBe('/own:/usr/bin:/usr/sbin:/sbin:/bin:/usr/local/go/bin');
  });

  it('is looked for without any PATH, and never in the current folder', () => {
    expect(searchPath({ PATH: ':' }).split(':')).not.toContain('');
    expect(searchPath({})).toBe('/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/go/bin');
  });

  it('hands on what it writes', async () => {
    expect(await command('sh', ['-c', 'echo words'])).toBe('words');
  });

  it('is named when it is not there', async () => {
    expect(await failureOf('no-such-program')).toBe('no-such-program is not installed on this machine.');
  });

  it('is named when it fails, with its exit code and its last words', async () => {
    expect(await failureOf('sh', '-c', 'echo why >&2; exit 3')).toBe(
      '"sh -c echo why >&2; exit 3" failed (exit code 3): why',
    );
  });
});

describe('an error of the sandbox', () => {
  it('says what happened, what to do and where more is written', () => {
    const error = new SandboxError('etcd ended.', { mend: 'free some disk', log: '/logs/etcd.log' });
    expect(describeError(error)).toBe('etcd ended.\nTo mend it: free some disk\nLog: /logs/etcd.log');
  });
});
