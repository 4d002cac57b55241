import { createProgress } from '../../sandbox/common/progress.ts';
import { loadWorld, worldFiles } from '../../sandbox/world/load.ts';
import { resultText } from '../../sandbox/world/print.ts';
import { isFine, play, type WorldResult } from '../../sandbox/world/run.ts';
import { openStage, type Stage } from '../../sandbox/world/stage.ts';

/** Set by the project in jest.config.js. */
const { sandboxUnderTest = 'real', worldsUnderTest = 'all' } = globalThis as {
  readonly sandboxUnderTest?: 'real' | 'embedded';
  readonly worldsUnderTest?: 'all' | 'quick';
};

const CONCURRENCY = 3;
const MINUTE = 60_000;

const WORLDS = worldFiles()
  .map(loadWorld)
  .filter((world) => world.cluster[sandboxUnderTest] && !world.slow && world.unplayable === undefined)
  .filter((world) => world.quick || worldsUnderTest === 'all');

// One sandbox and one Temporal server for all. Several are played at once, whatever test is being awaited.
const closing = new AbortController();
const results = new Map<string, Promise<WorldResult>>();
let stage: Stage | undefined;

beforeAll(async () => {
  const opened = await openStage(sandboxUnderTest, WORLDS, createProgress(), closing.signal);
  stage = opened;
  const waiting = [...WORLDS];
  const turns = new Map(WORLDS.map((world) => [world.file, deferred()]));
  for (const [file, { promise }] of turns) results.set(file, promise);
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && !closing.signal.aborted; next = waiting.shift())
      turns.get(next.file)?.resolve(await play(opened, next, { signal: closing.signal }));
  };
  for (let index = 0; index < CONCURRENCY; index += 1) void lane();
}, 5 * MINUTE);

afterAll(async () => {
  closing.abort();
  await stage?.close();
}, 2 * MINUTE);

describe('a world comes out as its file expects', () => {
  it.each(WORLDS.map((world) => [`${world.case ?? ''} ${world.world}`.trim(), world.file] as const))(
    '%s',
    async (_, file) => {
      const result = await results.get(file);
      if (result === undefined) throw new Error('it was not played');
      if (!isFine(result)) throw new Error(resultText(result));
    },
    15 * MINUTE,
  );
});

function deferred() {
  let resolve: (result: WorldResult) => void = () => undefined;
  const promise = new Promise<WorldResult>((settle) => (resolve = settle));
  return { promise, resolve };
}
