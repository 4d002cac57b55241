import type { OperatorService } from '@temporalio/client';
import { messageOf } from '../domain/failures.ts';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes.ts';
import { logger } from '../log.ts';

/** `temporal.api.enums.v1.IndexedValueType` */
const KEYWORD = 2;

type Operator = Pick<OperatorService, 'listSearchAttributes' | 'addSearchAttributes'>;

/**
 * Whether the server has the product's search attributes. Missing attributes are registered where that is allowed. A
 * rotation must know this before it sets an attribute: an unregistered one would fail its workflow task for ever.
 */
export async function ensureSearchAttributes(operator: Operator, namespace: string): Promise<boolean> {
  try {
    const missing = await missingAttributes(operator, namespace);
    if (missing.length === 0) return true;
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
    // Another worker may have been quicker. Only the final state counts.
    const complaint = await operator
      .addSearchAttributes({ namespace, searchAttributes })
      .then(() => undefined, messageOf);
    const left = await missingAttributes(operator, namespace);
    if (left.length === 0) return true;
    logger.info({ missing: left, reason: complaint }, 'rotations set no search attributes: the server lacks some');
  } catch (error) {
    logger.info({ reason: messageOf(error) }, 'rotations set no search attributes: the server does not list them');
  }
  return false;
}

async function missingAttributes(operator: Operator, namespace: string): Promise<string[]> {
  const { customAttributes } = await operator.listSearchAttributes({ namespace });
  return Object.values(SEARCH_ATTRIBUTES).filter((name) => Number(customAttributes[name]) !== KEYWORD);
}
