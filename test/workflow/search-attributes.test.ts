import { defineSearchAttributeKey } from '@temporalio/common';
import { SEARCH_ATTRIBUTES } from '../../src/domain/search-attributes.ts';
import { ensureSearchAttributes } from '../../src/temporal/search-attributes.ts';
import { createLocalEnvironment } from '../harness/temporal-environment.ts';
import { useWorkflowHarness } from './harness.ts';
import { StubActivities } from './stub-activities.ts';

const NAMESPACE = 'default';
const UPSERT = 'upsertWorkflowSearchAttributesEventAttributes';

const harness = useWorkflowHarness(createLocalEnvironment);

type Operator = Parameters<typeof ensureSearchAttributes>[0];

/** The server's operator service, except that it lets nobody add an attribute. */
const forbidding = (): Operator =>
  ({
    listSearchAttributes: (request: { namespace: string }) =>
      harness.environment.connection.operatorService.listSearchAttributes(request),
    addSearchAttributes: () => Promise.reject(new Error('7 PERMISSION_DENIED: Request unauthorized.')),
  }) as unknown as Operator;

/** The ids of the workflows that a query finds, once it finds any. */
async function found(query: string): Promise<string[]> {
  for (const giveUpAt = Date.now() + 10_000; Date.now() < giveUpAt;) {
    const ids: string[] = [];
    for await (const { workflowId } of harness.environment.client.workflow.list({ query })) ids.push(workflowId);
    if (ids.length > 0) return ids;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return [];
}

// In this order: the server gets the attributes in the course of it.
describe('a server without the search attributes', () => {
  it('that lets nobody add them gets rotations that set none', async () => {
    expect(await ensureSearchAttributes(forbidding(), NAMESPACE)).toBe(false);
    const handle = await harness.begin(new StubActivities());
    expect((await handle.result()).outcome).toBe('rotated');
    const { events } = await handle.fetchHistory();
    // Temporal itself notes there which patches a workflow has.
    const set = events?.flatMap((event) => Object.keys(event[UPSERT]?.searchAttributes?.indexedFields ?? {}));
    expect(new Set(set)).toEqual(new Set(['TemporalChangeVersion']));
  });

  it('that answers no operator at all is taken as one without', async () => {
    const unimplemented = () => Promise.reject(new Error('12 UNIMPLEMENTED: unknown service'));
    const operator = { listSearchAttributes: unimplemented, addSearchAttributes: unimplemented } as unknown as Operator;
    expect(await ensureSearchAttributes(operator, NAMESPACE)).toBe(false);
  });

  it('gets them where that is allowed', async () => {
    expect(await ensureSearchAttributes(harness.environment.connection.operatorService, NAMESPACE)).toBe(true);
    const { customAttributes } = await harness.environment.connection.operatorService.listSearchAttributes({
      namespace: NAMESPACE,
    });
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(Object.values(SEARCH_ATTRIBUTES)));
  });
});

describe('a server with the search attributes', () => {
  it('needs nothing more, and no right to add them', async () => {
    expect(await ensureSearchAttributes(forbidding(), NAMESPACE)).toBe(true);
  });

  it('finds a rotation by its component, its cluster and its outcome', async () => {
    const stubs = new StubActivities();
    stubs.searchAttributesAvailable = true;
    const handle = await harness.begin(stubs);
    await handle.result();
    const query = `CnpgRotatorComponent='litellm' AND CnpgRotatorCluster='ai-system/litellm-postgresql' AND CnpgRotatorOutcome='rotated'`;
    expect(await found(query)).toEqual([handle.workflowId]);
  });

  it('finds no outcome of a rotation that runs, also where its start copied one, as "start like this one" does', async () => {
    const stubs = new StubActivities();
    stubs.searchAttributesAvailable = true;
    const { client } = harness.environment;
    let seen: unknown;
    let memo: unknown;
    stubs.before = async (call) => {
      if (call !== 'verify pending') return;
      const { typedSearchAttributes, memo: kept } = await client.workflow.getHandle('like-another').describe();
      seen = typedSearchAttributes.getAll().find(({ key }) => key.name === SEARCH_ATTRIBUTES.outcome)?.value;
      memo = kept;
    };
    const key = defineSearchAttributeKey(SEARCH_ATTRIBUTES.outcome, 'KEYWORD');
    const copied = { typedSearchAttributes: [{ key, value: 'rolled-back' }] };
    const handle = await harness.begin(stubs, { component: 'litellm' }, 'like-another', copied);
    await handle.result();
    expect(seen).toBeUndefined();
    expect(memo).toMatchObject({ cluster: 'ai-system/litellm-postgresql', secrets: 'litellm-db-secret' });
    expect(await found(`CnpgRotatorOutcome='rotated' AND WorkflowId='like-another'`)).toEqual(['like-another']);
  });

  it('finds a rotation that changed nothing, whatever component it was asked for', async () => {
    const stubs = new StubActivities().fail('preflight', { type: 'ComponentUnknown' });
    stubs.searchAttributesAvailable = true;
    const component = 'x'.repeat(400);
    const handle = await harness.begin(stubs, { component });
    await handle.result().catch(() => undefined);
    expect(await found(`CnpgRotatorOutcome='unchanged'`)).toEqual([handle.workflowId]);
  });

  it('finds a batch by its outcome, and its rotations', async () => {
    const stubs = new StubActivities().fail('preflight', { component: 'obot', type: 'cluster-exists' });
    stubs.searchAttributesAvailable = true;
    const handle = await harness.beginBatch(stubs, { components: ['langfuse', 'obot'] });
    await handle.result().catch(() => undefined);
    expect(await found(`CnpgRotatorOutcome='partly'`)).toEqual([handle.workflowId]);
    expect(await found(`CnpgRotatorComponent='langfuse' AND CnpgRotatorOutcome='rotated'`)).toHaveLength(1);
  });

  it('costs a rotation no more than 60 history events', async () => {
    const stubs = new StubActivities();
    stubs.searchAttributesAvailable = true;
    const handle = await harness.begin(stubs);
    await handle.result();
    expect((await handle.fetchHistory()).events?.length).toBeLessThanOrEqual(60);
  });
});
