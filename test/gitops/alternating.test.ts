import { jest } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { useTools } from '../../sandbox/gitops/tools.ts';
import { preflight } from '../../src/activities/steps/preflight.ts';
import { publish } from '../../src/activities/steps/publish.ts';
import { judgePreflight } from '../../src/domain/preflight/index.ts';
import type { GitOpsSource } from '../../src/domain/source.ts';
import { inActivity } from '../harness/activities/in-activity.ts';
import { ALTERNATING, AlternatingWorld, TURN_ROTATION } from '../harness/activities/alternating-world.ts';
import { findSecrets } from '../../sandbox/harness/secret-scan.ts';
import { Home } from '../harness/git/home.ts';
import { MANIFEST, NEW, OLD, SECRETS } from '../harness/git/manifests.ts';
import { FluxWorld, LABELS, litellmUri } from './flux-world.ts';
import { publishInput } from '../harness/activities/step-inputs.ts';
import { gatherFacts } from '../harness/activities/gather-facts.ts';

useTools();

const ROLES = 'kubernetes/apps/ai-system/litellm/app/roles.sops.yaml';
const [A, B] = ALTERNATING.alternating.logins;

const secretManifest = (name: string, values: Readonly<Record<string, string>>): string =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\nstringData:\n${Object.entries(values)
    .map(([key, value]) => `  ${key}: ${value}\n`)
    .join('')}`;

/** As a component looks after an adoption; the login roles' Secrets are the cluster's own, or Flux's. */
async function openWorld(home: Home, roles: 'in the cluster' | 'in Git', source?: GitOpsSource): Promise<FluxWorld> {
  const cluster = new AlternatingWorld(OLD);
  const application = { username: A.role, password: OLD, uri: litellmUri(A.role, OLD) };
  const env = { DB_USER: A.role, DB_PASSWORD: OLD, DB_NAME: 'litellm' };
  cluster.put(ALTERNATING.secret, application, { labels: LABELS });
  cluster.put('litellm-env', env, { labels: LABELS });
  home.writeEncrypted(
    MANIFEST,
    `${secretManifest(ALTERNATING.secret, application)}---\n${secretManifest('litellm-env', env)}`,
  );
  if (roles === 'in the cluster') {
    await home.commit('Alternating roles');
    return new FluxWorld(home, source, cluster, TURN_ROTATION);
  }
  const own = [A, B].map(({ role, secret }) => ({
    secret,
    values: { username: role, password: cluster.text(secret, 'password') },
  }));
  for (const { secret, values } of own) cluster.put(secret, values, { labels: LABELS });
  cluster.settle();
  home.writeEncrypted(ROLES, own.map(({ secret, values }) => secretManifest(secret, values)).join('---\n'));
  await home.commit('Alternating roles, and their Secrets');
  const rotation = { ...TURN_ROTATION, roleSecretsInGit: [A.secret, B.secret] };
  return new FluxWorld(home, source, cluster, rotation, [MANIFEST, ROLES]);
}

const subjects = async (home: Home): Promise<readonly string[]> =>
  (await home.log()).map(({ message }) => message.split('\n')[0] ?? '');

jest.setTimeout(120_000);

describe('a rotation with alternating roles through Git', () => {
  let home: Home;
  beforeEach(async () => {
    home = await Home.open();
  });
  afterEach(() => home.close());

  test('switches the user, the password and every URI of the application by one commit', async () => {
    const world = await openWorld(home, 'in the cluster');
    await world.stage();
    await world.publish('pending');

    const [commit, ...older] = await home.log();
    expect(commit).toMatchObject({ files: [MANIFEST] });
    expect(commit?.message.trim()).toBe(
      'rotate: Update litellm database password\n\nRotation-Id: litellm-1\nRotation-Strategy: alternating\nRotation-Target: pending',
    );
    expect(older).toHaveLength(2);
    const password = world.cluster.text(ALTERNATING.secret, 'password');
    expect(password === OLD).toBe(false);
    expect(world.cluster.text(ALTERNATING.secret, 'username')).toBe(B.role);
    expect(world.cluster.text(ALTERNATING.secret, 'uri') === litellmUri(B.role, password)).toBe(true);
    expect(world.cluster.text('litellm-env', 'DB_USER')).toBe(B.role);
    expect(world.cluster.text('litellm-env', 'DB_PASSWORD') === password).toBe(true);
    expect(world.cluster.text('litellm-env', 'DB_NAME')).toBe('litellm');
    expect((await home.decrypted(MANIFEST)).includes(litellmUri(B.role, password))).toBe(true);
  });

  test('goes back to the other user by a commit', async () => {
    const world = await openWorld(home, 'in the cluster');
    const before = await home.decrypted(MANIFEST);
    await world.stage();
    await world.publish('pending');
    await expect(world.publish('previous')).resolves.toMatchObject({ touched: true });

    expect((await home.decrypted(MANIFEST)) === before).toBe(true);
    expect((await subjects(home))[0]).toBe('rotate: Restore litellm database password');
    expect(world.cluster.text(ALTERNATING.secret, 'uri') === litellmUri(A.role, OLD)).toBe(true);
  });

  test('leaves the login roles’ own Secrets, which Flux does not apply, out of the repository', async () => {
    const world = await openWorld(home, 'in the cluster');
    const found = await inActivity(() => preflight(world.deps, { component: 'litellm', strategy: 'alternating' }));
    expect(found).toMatchObject({ turn: { active: A, idle: B } });
    expect(found).not.toHaveProperty('roleSecretsInGit');

    await world.stage();
    const input = { rotation: world.rotation, target: 'pending', part: 'incoming' } as const;
    await inActivity(() => publish(world.deps, publishInput(input)));
    await world.publish('pending');
    expect(await home.log()).toHaveLength(3);
    expect((await home.decrypted(MANIFEST)).includes('SCRAM-SHA-256')).toBe(false);
  });
});

describe('a rotation whose login roles’ Secrets Flux applies too', () => {
  let home: Home;
  let world: FluxWorld;
  beforeEach(async () => {
    home = await Home.open();
    world = await openWorld(home, 'in Git');
  });
  afterEach(() => home.close());

  test('is three commits, each encrypted and each found again after a crash', async () => {
    const found = await inActivity(() => preflight(world.deps, { component: 'litellm', strategy: 'alternating' }));
    expect(found.roleSecretsInGit).toEqual([A.secret, B.secret]);
    const verifiers = (): readonly string[] => [A, B].map(({ secret }) => world.cluster.text(secret, 'password'));
    const [ofA, ofB] = verifiers();
    await world.stage();
    for (const part of ['incoming', 'application', 'outgoing'] as const) {
      world.failNextRequest = true;
      await expect(world.publish('pending', part)).rejects.toThrow('killed');
      await expect(world.publish('pending', part)).resolves.toMatchObject({ touched: true });
    }

    const commits = (await home.log()).slice(0, 3);
    expect(
      commits.map(({ message, files }) => [message.split('\n')[0], /Rotation-Part: (\w+)/.exec(message)?.[1], files]),
    ).toEqual([
      ['rotate: Lock litellm_a out of litellm database', 'outgoing', [ROLES]],
      ['rotate: Update litellm database password', undefined, [MANIFEST]],
      ['rotate: Let litellm_b into litellm database', 'incoming', [ROLES]],
    ]);
    expect(await home.log()).toHaveLength(5);
    const [lockedA, letInB] = verifiers();
    expect(lockedA === ofA || letInB === ofB).toBe(false);
    const password = world.cluster.text(ALTERNATING.secret, 'password');
    const needles = [password, ...verifiers()].map((text, index) => ({ name: `secret ${index}`, text }));
    expect(findSecrets([{ name: 'the repository', text: await home.allObjects() }], needles)).toEqual([]);
  });

  test('goes back by commits in the order of the way back, to the bytes of before', async () => {
    const before = [await home.decrypted(MANIFEST), await home.decrypted(ROLES)];
    await world.stage();
    for (const part of ['incoming', 'application', 'outgoing'] as const) await world.publish('pending', part);
    for (const part of ['incoming', 'application', 'outgoing'] as const)
      await expect(world.publish('previous', part)).resolves.toMatchObject({ touched: true });

    expect((await subjects(home)).slice(0, 3)).toEqual([
      'rotate: Lock litellm_b out of litellm database',
      'rotate: Restore litellm database password',
      'rotate: Let litellm_a into litellm database',
    ]);
    const after = [await home.decrypted(MANIFEST), await home.decrypted(ROLES)];
    expect(after.map((text, index) => text === before[index])).toEqual([true, true]);
  });

  test('takes back in Git what never reached the cluster, and leaves the rest of the repository alone', async () => {
    const before = await home.decrypted(ROLES);
    await world.stage();
    world.suspended = true;
    await expect(world.publish('pending', 'incoming')).rejects.toMatchObject({ type: 'FluxSuspended' });

    const untouched = { touched: false };
    await expect(world.publish('previous', 'incoming')).resolves.toMatchObject(untouched);
    await expect(world.publish('previous', 'application')).resolves.toMatchObject(untouched);
    await expect(world.publish('previous', 'outgoing')).resolves.toMatchObject(untouched);
    expect((await subjects(home)).slice(0, 3)).toEqual([
      'rotate: Lock litellm_b out of litellm database',
      'rotate: Let litellm_b into litellm database',
      'Alternating roles, and their Secrets',
    ]);
    expect((await home.decrypted(ROLES)) === before).toBe(true);
  });

  test('stops before a verifier would stand in the repository in plaintext', async () => {
    const plain = await home.decrypted(ROLES);
    const rules = await home.git('show', 'HEAD:.sops.yaml');
    home.write('.sops.yaml', rules.replace('^(data|stringData)$', '^username$'));
    home.writeEncrypted(ROLES, plain);
    await home.commit('A rule that leaves the password out');
    await world.stage();

    await expect(world.publish('pending', 'incoming')).rejects.toMatchObject({
      type: 'SecretInPlaintext',
      message: expect.stringContaining(ROLES) as string,
    });
    expect((await subjects(home))[0]).toBe('A rule that leaves the password out');
  });

  test('does not begin when the repository holds another verifier than the cluster', async () => {
    world.cluster.put(B.secret, { username: B.role, password: 'SCRAM-SHA-256$4096:another' });
    const facts = await inActivity(() => gatherFacts(world.deps, { ...world.rotation.component }));
    expect(judgePreflight(facts).filter(({ severity }) => severity === 'blocking')).toMatchObject([
      {
        rule: 'git-holds-the-password',
        message: expect.stringMatching(new RegExp(`Secret ${B.secret} in .* is not what the cluster holds`)) as string,
      },
    ]);
  });
});

describe('a user’s name in the variables that "task configure" renders from', () => {
  let home: Home;
  beforeEach(async () => {
    home = await Home.open({ keys: 'stringData' });
  });
  afterEach(() => home.close());

  const variables = (user: string, password: string): string =>
    `litellm_db_user: ${user}\nlitellm_db_password: "${password}"\nlangfuse_db_password: langfuse-password-55555\n`;
  const usernames = { previous: A.role, pending: B.role };

  /** Templates that take both from variables, rendered once. */
  async function renderUsers(): Promise<GitOpsSource> {
    const manifest = (user: string, password: string): string =>
      `---\n${secretManifest('litellm-db-secret', { username: user, password })}---\n${secretManifest('litellm-env', { DATABASE_URL: litellmUri(user, password) })}`;
    home.write(`templates/${MANIFEST}.j2`, manifest('#{ litellm_db_user }#', '#{ litellm_db_password }#'));
    home.writeEncrypted(MANIFEST, manifest(A.role, OLD));
    await home.commit('Two users');
    writeFileSync(home.variables, variables(A.role, OLD));
    return home.rendered({
      variable: { file: 'cluster.yaml', key: 'litellm_db_password', usernameKey: 'litellm_db_user' },
    });
  }

  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const sides = (value: (user: string, password: string) => Readonly<Record<string, string>>) => {
    const encode = (user: string, password: string) =>
      Object.fromEntries(Object.entries(value(user, password)).map(([key, text]) => [key, bytes(text)]));
    return { previous: encode(A.role, OLD), pending: encode(B.role, NEW) };
  };
  const secrets = [
    { ...SECRETS[0], data: sides((username, password) => ({ username, password })) },
    { ...SECRETS[1], data: sides((user, password) => ({ DATABASE_URL: litellmUri(user, password) })) },
  ].map((secret) => ({ namespace: 'ai-system', name: '', ...secret }));

  test('changes with the password, by one render and one commit', async () => {
    const source = await renderUsers();
    await expect(home.change(source, { secrets, usernames })).resolves.toMatchObject({ pushed: true, warnings: [] });

    expect((await home.log())[0]?.files).toEqual([MANIFEST]);
    expect((await home.decrypted(MANIFEST)).includes(litellmUri(B.role, NEW))).toBe(true);
    expect(home.variableFile()).toBe(
      `litellm_db_user: "${B.role}"\n${variables('', NEW).split('\n').slice(1).join('\n')}`,
    );
  });

  test('stops the change when the templates do not take it', async () => {
    const source = await renderUsers();
    home.write(
      `templates/${MANIFEST}.j2`,
      (await home.git('show', `HEAD:templates/${MANIFEST}.j2`)).replaceAll('#{ litellm_db_user }#', A.role),
    );
    await home.commit('One user after all');
    await expect(home.change(source, { secrets, usernames })).rejects.toMatchObject({
      type: 'RenderFailed',
      message: expect.stringContaining('"litellm_db_password" and "litellm_db_user" of cluster.yaml') as string,
    });
  });
});
