import { existsSync } from 'node:fs';
import path from 'node:path';
import { useTools } from '../../sandbox/gitops/tools.ts';
import type { GitOpsSource } from '../../src/domain/source.ts';
import { Home } from '../harness/git/home.ts';
import { FluxWorld } from './flux-world.ts';

useTools();

describe('a step whose input names a source of its own', () => {
  let home: Home;
  let world: FluxWorld;
  beforeEach(async () => {
    home = await Home.open();
    world = FluxWorld.inPlace(home);
    await world.stage();
  });
  afterEach(() => home.close());

  const publish = (changed: Partial<GitOpsSource>): Promise<unknown> => {
    const gitops = { ...world.source, ...changed };
    return world.publish('pending', undefined, {
      ...world.rotation,
      component: { ...world.rotation.component, gitops },
    });
  };

  test("runs the commands of the worker's catalogue alone", async () => {
    const mark = path.join(home.directory, 'a-stranger-was-here');
    const flux = { reconcile: [process.execPath, '-e', `require('fs').writeFileSync(${JSON.stringify(mark)}, '')`] };
    await publish({ flux });
    expect(existsSync(mark)).toBe(false);
    expect(world.asked).toEqual(['GitRepository', 'Kustomization']);
  });

  test.each([{ repository: 'https://git.example.org/another.git' }, { branch: 'another' }])(
    'is refused before a clone where that is %j',
    async (changed) => {
      await expect(publish(changed)).rejects.toMatchObject({
        type: 'InvalidConfiguration',
        message: expect.stringContaining('another repository or branch') as string,
      });
      expect(world.asked).toEqual([]);
    },
  );
});
