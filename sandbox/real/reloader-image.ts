import { IMAGE } from '../common/names.ts';
import { type ReloaderChoice, isStandin } from '../common/options.ts';
import { ownProgram } from './builds.ts';
import { keyOfFile, programImage } from './images.ts';

/** The archive of the image with the chosen program, or undefined where none is to run. */
export async function reloaderImage(choice: ReloaderChoice): Promise<string | undefined> {
  if (choice === 'none') return undefined;
  const binary = isStandin(choice) ? ownProgram('reloader-standin').binary : choice;
  return programImage(IMAGE.reloader, binary, `reloader-${await keyOfFile(binary)}`);
}
