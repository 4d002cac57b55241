import { ensureBuilt } from '../sandbox/common/built.ts';

/*
 * `npm ci` runs this program, and `npx cnpg-rotate` in this folder does, each time: what is built already stays.
 */

await ensureBuilt(new AbortController().signal);
