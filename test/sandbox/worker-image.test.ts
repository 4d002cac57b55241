import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { ROOT } from '../../sandbox/harness/programs.ts';
import { WORKER_CONFIG } from '../../sandbox/real/worker-image.ts';
import { WORKER_PACKAGES, WORKER_SUITE, WORKER_TARGETS, WORKER_USER } from '../../sandbox/real/worker-parts.ts';

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8').replaceAll('\\\n', ' ');
/** Without its comments. */
const DOCKERFILE = read('Dockerfile').replaceAll(/^#.*$/gm, '');

/** What a pattern's first group finds in each place of the text. */
const all = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found);

/** A stage with the stages that it is built on. */
function stage(name: string): string {
  const body = DOCKERFILE.split(/^(?=FROM )/m).find((text) => text.split('\n')[0]?.endsWith(` AS ${name}`)) ?? '';
  const base = /^FROM (\w+) AS/.exec(body)?.[1];
  return (base === undefined ? '' : stage(base)) + body;
}

describe('the image that is made without Docker is that of the Dockerfile', () => {
  it('with the same version of Node.js', () => {
    const { optionalDependencies } = z
      .object({ optionalDependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(read('sandbox/real/node/package.json')));
    const [version] = all(DOCKERFILE, /^ARG NODE_IMAGE=node:([\d.]+)-/gm);
    expect(new Set(Object.values(optionalDependencies))).toEqual(new Set([version]));
  });

  it('on the same Debian, of which a build stage has the same C library', () => {
    expect(all(DOCKERFILE, /^ARG \w+_IMAGE=\S+[-:]((?:bookworm|trixie)\b)/gm)).toEqual([
      WORKER_SUITE,
      WORKER_SUITE,
      WORKER_SUITE,
    ]);
  });

  it.each(WORKER_TARGETS)('with the same packages of Debian: %s', (target) => {
    const installed = all(stage(target), /apt-get install --yes --no-install-recommends ([^&]+) &&/g);
    expect(installed.flatMap((names) => names.trim().split(/\s+/)).sort()).toEqual([...WORKER_PACKAGES[target]].sort());
  });

  it.each(WORKER_TARGETS)('with the same user, folder and program: %s', (target) => {
    const text = stage(target);
    expect(all(text, /^USER (.+)$/gm).at(-1)).toBe(WORKER_CONFIG.User);
    expect(text).toContain(`useradd --uid ${WORKER_USER} --gid ${WORKER_USER}`);
    expect(all(text, /^WORKDIR (.+)$/gm)).toEqual([WORKER_CONFIG.WorkingDir]);
    expect(all(text, /^CMD (.+)$/gm).map((command) => JSON.parse(command) as unknown)).toEqual([WORKER_CONFIG.Cmd]);
    expect(WORKER_CONFIG.Env).toContain(all(text, /^ENV (.+)$/gm)[0]);
  });

  it.each(WORKER_TARGETS)('without npm: %s', (target) => {
    expect(stage(target)).toContain('COPY --from=build /usr/local/bin/node /usr/local/bin/node');
    expect(stage(target)).not.toMatch(/npm|NODE_IMAGE/);
  });
});
