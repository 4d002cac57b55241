import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Authority } from '../../sandbox/common/certificates.ts';
import { SshServer, newKey } from '../../sandbox/gitops/ssh-server.ts';
import { useTools } from '../../sandbox/gitops/tools.ts';
import { Home } from '../harness/git/home.ts';

useTools();

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const FROM_A_SECRET = { kind: 'secret', namespace: 'flux-system', name: 'flux-system' } as const;

describe('the repository is reached', () => {
  test('with a password from a file, which may end in a newline', async () => {
    const home = await Home.open({ account: { username: 'rotator', password: 'a-token-of-the-server' } });
    try {
      const passwordFile = join(home.directory, 'password');
      writeFileSync(passwordFile, 'a-token-of-the-server\n');
      const credentials = { kind: 'password', username: 'rotator', passwordFile } as const;
      await expect(home.change(home.source({ credentials }))).resolves.toMatchObject({ pushed: true });
    } finally {
      await home.close();
    }
  });

  test('over TLS by a certificate authority of its own, and not without it', async () => {
    const authority = await Authority.create('home');
    const tls = await authority.issue({ name: 'git', addresses: ['127.0.0.1'] });
    const home = await Home.open({ tls });
    try {
      const source = home.source({ credentials: FROM_A_SECRET });
      await expect(home.change(source, { credentials: {} })).rejects.toMatchObject({
        type: 'GitForbidden',
        message: expect.stringContaining('certificate authority') as string,
      });
      const credentials = { 'ca.crt': encode(authority.certificate) };
      await expect(home.change(source, { credentials })).resolves.toMatchObject({ pushed: true });
    } finally {
      await home.close();
    }
  });

  test('and has no such branch', async () => {
    const home = await Home.open();
    try {
      await expect(home.change(home.source({ branch: 'production' }))).rejects.toMatchObject({
        type: 'GitBranchAbsent',
        retryable: false,
      });
    } finally {
      await home.close();
    }
  });
});

describe('by ssh the repository is reached', () => {
  let home: Home;
  let server: SshServer;
  beforeAll(async () => {
    home = await Home.open();
    server = await SshServer.start(join(home.directory, 'ssh'));
  });
  afterAll(async () => {
    await server.stop();
    await home.close();
  });

  const source = (knownHostsFile: string) =>
    home.source({
      repository: server.address(home.bare),
      credentials: { kind: 'ssh', keyFile: server.clientKeyFile, knownHostsFile },
    });

  test('not where its host is another than the known one', async () => {
    const others = join(home.directory, 'other-hosts');
    await newKey(join(home.directory, 'other'), 'ed25519');
    const [type = '', key = ''] = readFileSync(join(home.directory, 'other.pub'), 'utf8').split(' ');
    writeFileSync(others, `[127.0.0.1]:${server.port} ${type} ${key}\n`);
    await expect(home.change(source(others))).rejects.toMatchObject({
      type: 'GitForbidden',
      message: expect.stringContaining('known hosts') as string,
    });
  });

  test('with a key file and the known host', async () => {
    await expect(home.change(source(server.knownHostsFile))).resolves.toMatchObject({ pushed: true });
    expect(await home.log()).toHaveLength(2);
  });

  test("with the identity and the known hosts of a Secret with Flux's keys", async () => {
    const credentials = {
      identity: readFileSync(server.clientKeyFile),
      known_hosts: readFileSync(server.knownHostsFile),
    };
    const change = await home.change(
      home.source({ repository: server.address(home.bare), credentials: FROM_A_SECRET }),
      {
        credentials,
        target: 'previous',
      },
    );
    expect(change).toMatchObject({ pushed: true });
  });
});

describe('a commit', () => {
  test('is signed with the key that the catalogue names', async () => {
    const home = await Home.open();
    try {
      const signingKeyFile = join(home.directory, 'signing');
      await newKey(signingKeyFile, 'ed25519');
      const { commit = '' } = await home.change(home.source({ signingKeyFile }));

      const signers = join(home.directory, 'signers');
      writeFileSync(signers, `cnpg-rotator@localhost ${readFileSync(`${signingKeyFile}.pub`, 'utf8')}`);
      await home.pull();
      const verify = ['-c', `gpg.ssh.allowedSignersFile=${signers}`, 'log', '-1', '--format=%H %G? %GS', commit];
      expect((await home.git(...verify)).trim()).toBe(`${commit} G cnpg-rotator@localhost`);
    } finally {
      await home.close();
    }
  });
});

describe('a program that is missing', () => {
  const path = process.env['PATH'];
  afterEach(() => (process.env['PATH'] = path));

  test.each(['sops', 'git'])('%s: its absence is told, and nothing is changed', async (absent) => {
    const home = await Home.open();
    try {
      const folder = join(home.directory, 'programs');
      mkdirSync(folder);
      for (const program of ['git', 'sops', 'sh'].filter((name) => name !== absent))
        symlinkSync(
          execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8', env: { PATH: path } }).trim(),
          join(folder, program),
        );
      process.env['PATH'] = [folder].join(delimiter);
      const changing = home.change(home.source());
      await expect(changing).rejects.toMatchObject({
        type: 'ToolAbsent',
        retryable: false,
        message: expect.stringContaining(absent) as string,
      });
      process.env['PATH'] = path;
      expect(await home.log()).toHaveLength(1);
    } finally {
      process.env['PATH'] = path;
      await home.close();
    }
  });
});
