import { createProgress } from '../../sandbox/common/progress.ts';
import { useTools } from '../../sandbox/gitops/tools.ts';
import { loadWorld, worldFiles } from '../../sandbox/world/load.ts';
import { resultText } from '../../sandbox/world/print.ts';
import { isFine, play } from '../../sandbox/world/run.ts';
import { openStage, type Stage } from '../../sandbox/world/stage.ts';

const MINUTE = 60_000;

useTools();

const WORLDS = worldFiles()
  .map(loadWorld)
  .filter((world) => world.git !== undefined && world.unplayable === undefined && !world.slow);

const closing = new AbortController();
let stage: Stage;
beforeAll(async () => {
  stage = await openStage('embedded', WORLDS, createProgress(), closing.signal);
}, 5 * MINUTE);
afterAll(async () => {
  closing.abort();
  await stage.close();
}, MINUTE);

describe('a world whose Secrets come from Git comes out as its file expects', () => {
  it.each(WORLDS.map((world) => [`${world.case ?? ''} ${world.world}`.trim(), world] as const))(
    '%s',
    async (_, world) => {
      const result = await play(stage, world, { signal: closing.signal });
      if (!isFine(result)) throw new Error(resultText(result));
    },
    5 * MINUTE,
  );
});
