import { useTools } from '../../sandbox/gitops/tools.ts';
import { finish } from '../../src/activities/steps/finish.ts';
import { judgePreflight } from '../../src/domain/preflight/index.ts';
import { inActivity } from '../harness/activities/in-activity.ts';
import { Home } from '../harness/git/home.ts';
import { OLD } from '../harness/git/manifests.ts';
import { FluxWorld, LABELS, litellmUri } from './flux-world.ts';
import { finishInput } from '../harness/activities/step-inputs.ts';
import { gatherFacts } from '../harness/activities/gather-facts.ts';

useTools();

const URI = litellmUri('litellm', OLD);

describe('a password that is published through Git', () => {
  let home: Home;
  beforeEach(async () => {
    home = await Home.open();
  });
  afterEach(() => home.close());

  test('reaches every live Secret when Flux is asked for the commit', async () => {
    const world = FluxWorld.inPlace(home);
    await world.stage();
    const published = await world.publish('pending');

    expect(published).toMatchObject({
      touched: true,
      secrets: [{ name: 'litellm-db-secret' }, { name: 'litellm-env' }],
    });
    expect(world.asked).toEqual(['GitRepository', 'Kustomization']);
    const password = world.cluster.text('litellm-db-secret', 'password');
    expect(password).not.toBe(OLD);
    expect(world.cluster.text('litellm-env', 'DATABASE_URL')).toBe(URI.replace(OLD, password));
    expect(world.cluster.text('litellm-env', 'MASTER_KEY')).toBe('sk-1234');
  });

  test('is asked for again, and committed once, after a crash between the push and Flux', async () => {
    const world = FluxWorld.inPlace(home);
    await world.stage();
    world.failNextRequest = true;
    await expect(world.publish('pending')).rejects.toThrow('killed');

    await expect(world.publish('pending')).resolves.toMatchObject({ touched: true });
    expect(await home.log()).toHaveLength(2);
    expect(world.cluster.text('litellm-db-secret', 'password')).not.toBe(OLD);
  });

  test('goes back by a commit, and Flux brings that too', async () => {
    const world = FluxWorld.inPlace(home);
    await world.stage();
    await world.publish('pending');

    await expect(world.publish('previous')).resolves.toMatchObject({ touched: true });
    expect(world.cluster.text('litellm-env', 'DATABASE_URL')).toBe(URI);
    expect(await home.log()).toHaveLength(3);
  });

  test('is taken back in Git, and nothing is restarted, when Flux is suspended', async () => {
    const world = FluxWorld.inPlace(home);
    await world.stage();
    world.suspended = true;
    await expect(world.publish('pending')).rejects.toMatchObject({
      type: 'FluxSuspended',
      message: expect.stringContaining('Kustomization flux-system/litellm is suspended') as string,
    });

    await expect(world.publish('previous')).resolves.toMatchObject({ touched: false });
    expect(world.cluster.text('litellm-db-secret', 'password')).toBe(OLD);
    expect((await home.log())[0]?.message).toContain('rotate: Restore litellm database password');
  });

  test("fails with Flux's own words when Flux cannot decrypt it", async () => {
    const world = FluxWorld.inPlace(home);
    await world.stage();
    world.ready = {
      status: 'False',
      reason: 'BuildFailed',
      message: 'decryption failed for Secret: no identity matched',
    };
    await expect(world.publish('pending')).rejects.toMatchObject({
      type: 'FluxFailing',
      message: expect.stringContaining('BuildFailed: decryption failed for Secret: no identity matched') as string,
    });
  });

  test('needs no repository to go back when nothing was pushed', async () => {
    const world = FluxWorld.inPlace(home);
    await world.stage();
    home.server.away = true;
    await expect(world.publish('pending')).rejects.toMatchObject({ type: 'GitUnreachable' });

    await expect(world.publish('previous')).resolves.toEqual({ touched: false, secrets: [], clients: [] });
    await inActivity(() => finish(world.deps, finishInput({ rotation: world.rotation, outcome: 'unchanged' })));
  });
});

describe('preflight of a component whose password is in Git', () => {
  let home: Home;
  beforeAll(async () => {
    home = await Home.open();
  });
  afterAll(() => home.close());

  const saying = (text: string): string => expect.stringContaining(text) as string;
  const findings = async (world: FluxWorld) => {
    const facts = await inActivity(() => gatherFacts(world.deps, world.rotation.component));
    return judgePreflight(facts).filter(({ rule }) => /git|flux/.test(rule));
  };

  test('finds nothing where Git, Flux and the cluster agree', async () => {
    await expect(findings(FluxWorld.inPlace(home))).resolves.toEqual([]);
  });

  test('finds a key that decrypts nothing', async () => {
    const world = FluxWorld.inPlace(home, home.source({ ageKeyFile: home.anotherKey() }));
    await expect(findings(world)).resolves.toMatchObject([
      { rule: 'git-holds-the-password', message: saying("cannot be decrypted with the worker's key") },
    ]);
  });

  test('finds a live Secret that is not what Git says', async () => {
    const world = FluxWorld.inPlace(home);
    world.cluster.put('litellm-env', { DATABASE_URL: `${URI}?sslmode=require` }, { labels: LABELS });
    await expect(findings(world)).resolves.toMatchObject([
      { rule: 'git-holds-the-password', severity: 'blocking', message: saying('is not what the cluster holds') },
    ]);
  });

  test('finds a Secret that holds the password and is in no manifest', async () => {
    const world = FluxWorld.inPlace(home);
    world.cluster.put('copy', { DATABASE_URL: URI });
    await expect(findings(world)).resolves.toMatchObject([
      { rule: 'flux-applies-the-secrets' },
      { rule: 'git-holds-the-password', message: saying('No manifest of Secret') },
    ]);
  });

  test('finds what stops Flux', async () => {
    const world = FluxWorld.inPlace(home, home.source({ branch: 'main' }));
    world.suspended = true;
    await expect(findings(world)).resolves.toMatchObject([
      { rule: 'flux-is-not-suspended', mend: 'flux resume kustomization litellm -n flux-system' },
    ]);
  });
});
