import { LISTS_BEGUN_ANEW } from '../domain/budgets.ts';
import { RotationError } from '../domain/failures.ts';
import { isForbidden, statusOf } from './errors.ts';

/** One page of a list, as the API answers it. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly metadata?: { readonly _continue?: string };
}

/** `expired`: the API server has forgotten the list to which the next page belongs. */
export type PageOr<T> = Page<T> | 'forbidden' | 'expired';

/** The answers to the request of a page that are no failure. */
export function expectedOfPage(error: unknown, from: string | undefined): 'forbidden' | 'expired' | undefined {
  if (isForbidden(error)) return 'forbidden';
  return from !== undefined && statusOf(error) === 410 ? 'expired' : undefined;
}

/**
 * Reads a list in pages, so that no page takes too long for one call on a slow line. A list that grew too old between
 * two pages begins anew.
 * @returns undefined when the objects may not be listed.
 */
export async function listInPages<T, Kept>(
  what: string,
  readPage: (from: string | undefined) => Promise<PageOr<T>>,
  keep: (item: T) => Kept,
): Promise<readonly Kept[] | undefined> {
  for (let begun = 0; begun <= LISTS_BEGUN_ANEW; begun += 1) {
    const found = await listOnce(readPage, keep);
    if (found === 'forbidden') return undefined;
    if (found !== 'expired') return found;
  }
  throw new RotationError(
    'KubernetesUnavailable',
    `Could not list ${what}: the list grew too old between two of its pages, ${LISTS_BEGUN_ANEW + 1} times.`,
  );
}

async function listOnce<T, Kept>(
  readPage: (from: string | undefined) => Promise<PageOr<T>>,
  keep: (item: T) => Kept,
): Promise<readonly Kept[] | 'forbidden' | 'expired'> {
  const found: Kept[] = [];
  let next: string | undefined;
  do {
    const page = await readPage(next);
    if (typeof page === 'string') return page;
    found.push(...page.items.map(keep));
    next = page.metadata?._continue === '' ? undefined : page.metadata?._continue;
  } while (next !== undefined);
  return found;
}
