import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { messageOf } from '../../src/domain/failures.ts';
import { worldSchema, type World } from './schema.ts';

export const WORLDS = fileURLToPath(new URL('../../test/worlds/', import.meta.url));

/** A file that is no world: each line names a field and says what is wrong with it. */
export class BadWorld extends Error {
  override readonly name = 'BadWorld';

  constructor(
    readonly file: string,
    readonly problems: readonly string[],
  ) {
    super(`${file} is not a world:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

export interface LoadedWorld extends World {
  /** Where it was read from. */
  readonly file: string;
  /** Its file's name, which names its namespaces. */
  readonly id: string;
}

/** @throws BadWorld. */
export function loadWorld(file: string): LoadedWorld {
  return parseWorld(file, readText(file));
}

/** @throws BadWorld with the path of each bad field. */
export function parseWorld(file: string, text: string): LoadedWorld {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw new BadWorld(file, [messageOf(error)]);
  }
  const parsed = worldSchema.safeParse(content);
  if (!parsed.success)
    throw new BadWorld(
      file,
      parsed.error.issues.flatMap((issue) => describeIssue(issue)),
    );
  const world = { ...parsed.data, file, id: idOf(file) };
  const problems = contradictions(world);
  if (problems.length > 0) throw new BadWorld(file, problems);
  return world;
}

/** All files of worlds in a folder, sorted. */
export function worldFiles(folder: string = WORLDS): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => path.join(folder, name));
}

/** Files as they are named, a folder as all that is in it. */
export function filesOf(named: readonly string[]): readonly string[] {
  return named.flatMap((one) => (isFolder(one) ? worldFiles(one) : [one]));
}

/** The longest name of a folder in which PostgreSQL's socket still has room: its path has at most 107 bytes. */
const LONGEST_ID = 12;

/** `a1-own-name-3f2a`: short, and of this file alone. */
export function idOf(file: string): string {
  const name = path
    .basename(file)
    .replace(/\.ya?ml$/, '')
    .toLowerCase();
  const readable = name
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, LONGEST_ID)
    .replace(/-+$/, '');
  return `${readable}-${createHash('sha256').update(name).digest('hex').slice(0, 4)}`;
}

interface Issue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
}

/** Of several forms, the complaints about the one that comes nearest: it has the fewest. */
function describeIssue(issue: Issue, above: readonly PropertyKey[] = []): string[] {
  const where = [...above, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors !== undefined && issue.errors.length > 0) {
    const nearest = issue.errors.reduce((best, one) => (weigh(one) < weigh(best) ? one : best));
    return nearest.flatMap((inner) => describeIssue(inner, where));
  }
  // Of a field that there is not, the path is the field's.
  if (issue.code === 'unrecognized_keys' && issue.keys !== undefined)
    return issue.keys.map((key) => `${[...where, key].map(String).join('.')}: there is no such field`);
  return [`${where.map(String).join('.') || '(the whole file)'}: ${issue.message}`];
}

/** A form that misses its own field, or is of another type altogether, is further away than one with a wrong field. */
function weigh(issues: readonly Issue[]): number {
  return issues.reduce((sum, { code, path: at }) => sum + (at.length === 0 && code === 'invalid_type' ? 100 : 1), 0);
}

/** What the form alone does not tell. */
function contradictions(world: World): string[] {
  const problems: string[] = [];
  if (world.unplayable === undefined && !world.cluster.embedded && !world.cluster.real)
    problems.push('cluster: it is played nowhere; say why in "unplayable"');
  if (world.quick && (world.slow || !world.cluster.embedded))
    problems.push('quick: a quick world is neither slow nor played on the real cluster alone');
  const { expect } = world;
  const last = [world.do].flat().at(-1);
  if (last === 'check' && (expect.outcome !== undefined || expect.changed !== undefined))
    problems.push('expect.outcome: "do: check" has no outcome and changes nothing');
  if (expect.outcome === 'rotated' && expect.changed === undefined)
    problems.push('expect.changed: say which keys of which Secrets a rotation changes');
  return problems;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new BadWorld(file, [`it cannot be read: ${messageOf(error)}`]);
  }
}

function isFolder(file: string): boolean {
  try {
    return statSync(file).isDirectory();
  } catch {
    return false;
  }
}
