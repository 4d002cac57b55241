import { defineSearchAttributeKey } from '@temporalio/common';
import {
  CancellationScope,
  patched,
  proxyLocalActivities,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { WorkerActivities } from '../activities/types/index.ts';
import { MAX_KEYWORD_LENGTH, SEARCH_ATTRIBUTES } from '../domain/search-attributes.ts';

export type SearchAttributeValues = Partial<Record<keyof typeof SEARCH_ATTRIBUTES, string>>;

const { searchAttributesAvailable } = proxyLocalActivities<WorkerActivities>({
  startToCloseTimeout: '5s',
  retry: { maximumAttempts: 1 },
});

/**
 * Asks the worker once whether the server has the product's search attributes. The answer stands in the history, so a
 * replay on any worker takes the same way. @returns a function that sets the attributes, or does nothing.
 */
export async function searchAttributes(): Promise<(values: SearchAttributeValues) => void> {
  // Search attributes never make a rotation fail, and never make it miss its own cancellation.
  const available = await CancellationScope.nonCancellable(() => searchAttributesAvailable().catch(() => false));
  if (!available) return () => undefined;
  forgetInheritedOutcome();
  return (values) => {
    upsertSearchAttributes(
      Object.entries(values).map(([name, value]) => ({
        key: defineSearchAttributeKey(SEARCH_ATTRIBUTES[name as keyof SearchAttributeValues], 'KEYWORD'),
        value: value.slice(0, MAX_KEYWORD_LENGTH),
      })),
    );
  };
}

/**
 * "Start like this one" of the Web UI copies the search attributes of a run that has ended, and a reset keeps them. A run
 * that goes on has no outcome.
 */
function forgetInheritedOutcome(): void {
  const key = defineSearchAttributeKey(SEARCH_ATTRIBUTES.outcome, 'KEYWORD');
  if (workflowInfo().typedSearchAttributes.get(key) === undefined) return;
  if (patched('outcome is not inherited')) upsertSearchAttributes([{ key, value: null }]);
}
