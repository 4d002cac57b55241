import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { useTools } from '../../sandbox/gitops/tools.ts';
import { FluxWorld } from './flux-world.ts';
import { Home } from '../harness/git/home.ts';

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

  test('that fails is told by its exit code, none of its words, and the new password is in Git alone', async () => {
    world = running('console.error("no cluster here"); process.exit(3)');
    const before = world.cluster.secrets.get('litellm-db-secret')?.resourceVersion;
    await world.stage();
    await expect(world.publish('pending')).rejects.toMatchObject({
      message: expect.stringContaining('with exit code 3.') as string,
    });
    expect(world.cluster.secrets.get('litellm-db-secret')?.resourceVersion).toBe(before);
    await expect(world.publish('previous')).rejects.toMatchObject({
      message: expect.stringContaining('with exit code 3.') as string,
    });
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
