import { judge, refusal, type Machine, type Need } from '../../sandbox/real/requirements.ts';

const GOOD: Machine = {
  platform: 'linux',
  user: 0,
  missing: [],
  hasApt: true,
  go: '1.26.0',
  freeGib: 100,
  takenRoutes: [],
};
const COLD: Need = { go: true, goVersion: '1.26.0', debootstrap: true };
const WARM: Need = { ...COLD, go: false, debootstrap: false };

describe('the requirements of the sandbox', () => {
  it('are met by Debian as root with Go', () => {
    expect(judge(GOOD, COLD)).toEqual({ install: [], problems: [] });
  });

  it('are installed where root has apt, each package once', () => {
    const missing = ['containerd', 'ctr', 'debootstrap', '/usr/lib/cni/ptp', '/usr/sbin/update-ca-certificates'];
    expect(judge({ ...GOOD, missing }, COLD)).toEqual({
      install: ['ca-certificates', 'containerd', 'containernetworking-plugins', 'debootstrap'],
      problems: [],
    });
  });

  const problems: readonly (readonly [string, Partial<Machine>, string, string])[] = [
    ['another system', { platform: 'darwin' }, 'this is darwin', 'run it on Debian 12'],
    ['another user', { user: 1000 }, 'not root', 'sudo npm run sandbox -- up'],
    [
      'programs that nothing can install',
      { missing: ['etcd', 'runc'], hasApt: false },
      'etcd, runc cannot be found',
      'apt-get update && apt-get install -y etcd-server runc',
    ],
    ['no Go', { go: undefined }, 'there is no Go', 'install Go 1.26.0 or newer'],
    ['an old Go', { go: '1.9.7' }, 'Go 1.9.7 is too old', 'install Go 1.26.0 or newer'],
    ['a full disk', { freeGib: 8.94 }, 'only 8.9 GiB are free', 'CNPG_ROTATOR_CACHE'],
    ['a route of its own', { takenRoutes: ['10.96.0.0/12 dev tun0'] }, '10.96.0.0/12 dev tun0', 'VPN'],
  ];
  it.each(problems)('are not met with %s', (_, change, what, mend) => {
    const found = judge({ ...GOOD, ...change }, COLD).problems;
    expect(found).toHaveLength(1);
    expect(found[0]?.what).toContain(what);
    expect(found[0]?.mend).toContain(mend);
  });

  it.each(['1.26', '1.26.0', '1.26.1', '1.27', '2.0'])('are met by Go %s', (go) => {
    expect(judge({ ...GOOD, go }, COLD).problems).toEqual([]);
  });

  it('need neither Go nor its disk when all is built', () => {
    expect(judge({ ...GOOD, go: undefined, freeGib: 1 }, WARM).problems).toEqual([]);
  });

  it('that are not met are told in one message, each with what mends it', () => {
    const verdict = judge({ ...GOOD, user: 1000, missing: ['runc'], go: undefined }, COLD);
    expect(refusal(verdict).describe()).toBe(
      [
        'The sandbox cannot run here yet:',
        '  - it makes namespaces and mounts, and this user is not root',
        '      sudo npm run sandbox -- up',
        '  - runc cannot be found',
        '      apt-get update && apt-get install -y runc',
        '  - there is no Go',
        '      install Go 1.26.0 or newer and put it on PATH',
      ].join('\n'),
    );
  });
});
