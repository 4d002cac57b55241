import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { useTools } from '../../sandbox/gitops/tools.ts';
import { readSituation } from '../../src/activities/gather/situation.ts';
import { inActivity } from '../harness/activities/in-activity.ts';
import { FluxWorld } from './flux-world.ts';
import { Home } from '../harness/git/home.ts';
import { MANIFEST, manifests } from '../harness/git/manifests.ts';

useTools();

describe('a command in the place of our own request to Flux', () => {
  let home: Home;
  let world: FluxWorld;
  /** Stands for `task reconcile`: Flux fetches and applies when it is called. */
  const flux = createServer((_, response) => {
    const ask = (kind: 'GitRepository' | 'Kustomization') =>
      world.deps.flux.request(kind, 'flux-system', 'home', 'now');
    void ask('GitRepository')
      .then(() => ask('Kustomization'))
      .then(() => response.end());
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      flux.listen(0, '127.0.0.1', resolve);
    });
  });
  afterAll(() => flux.close());
  beforeEach(async () => {
    home = await Home.open();
  });
  afterEach(() => home.close());

  const running = (script: string): FluxWorld =>
    FluxWorld.inPlace(home, home.source({ flux: { reconcile: [process.execPath, '-e', script] } }));

  const FAILS = 'console.error(["no", "cluster", "here"].join(" ")); process.exit(3)';

  test('that fails is told by its exit code, none of its words, and the new password is in Git alone', async () => {
    world = running(FAILS);
    const before = world.cluster.secrets.get('litellm-db-secret')?.resourceVersion;
    await world.stage();
    const failed = await world.publish('pending').catch((error: unknown) => error);
    expect(failed).toMatchObject({ type: 'FluxFailing' });
    expect(String(failed)).toContain('with exit code 3.');
    expect(String(failed)).not.toContain('no cluster here');
    expect(world.cluster.secrets.get('litellm-db-secret')?.resourceVersion).toBe(before);
  });

  test('that fails on the way back too leaves all as it was, where Flux itself has tried the commit', async () => {
    world = running(FAILS);
    await world.stage();
    await expect(world.publish('pending')).rejects.toMatchObject({ type: 'FluxFailing' });
    await expect(world.publish('previous')).resolves.toMatchObject({
      touched: false,
      warnings: [
        expect.stringContaining(
          'was not needed: Kustomization flux-system/litellm has tried the commit with the previous password',
        ) as string,
      ],
    });
    expect((await home.log())[0]?.message).toContain('rotate: Restore litellm database password');
  });

  test('that fails on the way back too leaves all as it was, where Flux never fetched the commit', async () => {
    world = running(FAILS);
    await world.stage();
    world.fluxIsAway = true;
    await expect(world.publish('pending')).rejects.toMatchObject({ type: 'FluxFailing' });
    await expect(world.publish('previous')).resolves.toMatchObject({
      touched: false,
      warnings: [expect.stringContaining('GitRepository flux-system/home has never fetched') as string],
    });
  });

  test('that fails on the way back too proves nothing, where Flux has fetched the new password alone', async () => {
    world = running(FAILS);
    await world.stage();
    await expect(world.publish('pending')).rejects.toMatchObject({ type: 'FluxFailing' });
    await world.deps.flux.request('GitRepository', 'flux-system', 'home', 'now');
    world.fluxIsAway = true;
    await expect(world.publish('previous')).rejects.toMatchObject({
      type: 'FluxFailing',
      message: expect.stringContaining('has fetched the new password, and not yet the previous one') as string,
    });
  });

  test('is asked for again on the way back, where the new password has come by itself', async () => {
    world = running(FAILS);
    await world.stage();
    await expect(world.publish('pending')).rejects.toMatchObject({ type: 'FluxFailing' });
    for (const kind of ['GitRepository', 'Kustomization'] as const)
      await world.deps.flux.request(kind, 'flux-system', 'home', 'now');
    await expect(world.publish('previous')).resolves.toMatchObject({ touched: true });
  });

  test.each([
    ['the rotation that asks', 'litellm', undefined],
    ['anybody else', undefined, 'AnotherRotation'],
  ])('that fails: what its own commit changed is no problem for %s', async (_, asks, problem) => {
    world = running(FAILS);
    await world.stage();
    await expect(world.publish('pending')).rejects.toMatchObject({ type: 'FluxFailing' });
    const { component, id } = world.rotation;
    const { facts } = await inActivity(() =>
      readSituation(world.deps, component, { rotation: asks === undefined ? undefined : id }),
    );
    expect(facts.gitops?.problem?.type).toBe(problem);
  });

  test('that fails: what somebody else changed meanwhile is one', async () => {
    world = running(FAILS);
    await world.stage();
    await expect(world.publish('pending')).rejects.toMatchObject({ type: 'FluxFailing' });
    await home.pull();
    home.writeEncrypted(MANIFEST, manifests('somebody-elses-password-1'));
    await home.commit('Another password');
    const { component, id: rotation } = world.rotation;
    const { facts } = await inActivity(() => readSituation(world.deps, component, { rotation }));
    expect(facts.gitops?.problem).toMatchObject({ type: 'GitDisagrees' });
  });

  test('runs in the clone after the push, and nothing else is asked of Flux', async () => {
    const { port } = flux.address() as AddressInfo;
    world = running(`fetch('http://127.0.0.1:${port}/').then((answer) => process.exit(answer.ok ? 0 : 1))`);
    await world.stage();
    const { touched, commit = '' } = await world.publish('pending');
    expect(touched).toBe(true);
    expect((await home.log())[0]?.message).toContain('rotate: Update litellm database password');
    expect(commit).toHaveLength(40);
    expect(world.asked).toEqual(['GitRepository', 'Kustomization']);
  });
});
