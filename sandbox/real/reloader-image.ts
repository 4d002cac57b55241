import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { keyOf } from '../common/cache.ts';
import { IMAGE } from '../common/names.ts';
import { type ReloaderChoice, isStandin } from '../common/options.ts';
import { ownProgram } from './builds.ts';
import { programImage } from './images.ts';

/** The archive of the image with the chosen program, or undefined where none is to run. */
export async function reloaderImage(choice: ReloaderChoice): Promise<string | undefined> {
  if (choice === 'none') return undefined;
  const binary = isStandin(choice) ? ownProgram('reloader-standin').binary : choice;
  const hash = createHash('sha256');
  await pipeline(createReadStream(binary), hash);
  return programImage(IMAGE.reloader, binary, `reloader-${keyOf(hash.digest(), 'image')}`);
}
