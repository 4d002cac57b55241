import { reloaderPauseOf } from '../../../src/domain/reloader/index.ts';
import { Workloads } from '../../../src/kubernetes/workloads.ts';
import { EmbeddedApi } from '../../harness/activities/embedded-api.ts';

const NS = 'ai-system';
const REF = { kind: 'Deployment', namespace: NS, name: 'litellm' } as const;
const LABELS = { app: 'litellm' };
const PAUSED_AT = 'deployment.reloader.stakater.com/paused-at';
const NOTE = { [PAUSED_AT]: '2026-11-24T08:00:00Z', 'deployment.reloader.stakater.com/pause-period': '5m' };
const SIGNS = { secrets: [], component: 'litellm', mark: 'litellm-1.pending', undone: '', changedAt: new Date(0) };

let api: EmbeddedApi;
beforeAll(async () => {
  api = await EmbeddedApi.start(NS);
});
afterEach(() => api.removeAll());
afterAll(() => api.server.close());

const workloads = (): Workloads => new Workloads(api.connect());
const deployment = () => api.store.get('deployments', { namespace: NS, name: 'litellm' });

function createPaused(annotations: Readonly<Record<string, string>>): void {
  const template = { metadata: { labels: LABELS }, spec: { containers: [{ name: 'web' }] } };
  const spec = { paused: true, selector: { matchLabels: LABELS }, template };
  api.store.create('deployments', { metadata: { namespace: NS, name: 'litellm', annotations }, spec });
}

describe('a Deployment that Reloader paused', () => {
  it('is resumed with Reloader’s note left, and paused again afterwards', async () => {
    createPaused(NOTE);
    await workloads().liftPause(REF, SIGNS.mark);
    expect(deployment().spec?.paused).toBe(false);
    const { pause } = await workloads().rollout(REF, SIGNS);
    expect(pause).toEqual({ endsAt: Date.parse('2026-11-24T08:05:00Z'), lifted: true, noted: PAUSED_AT });
    if (pause !== undefined) await workloads().endLiftedPause(REF, pause, 'give back');
    expect(deployment()).toMatchObject({ metadata: { annotations: NOTE }, spec: { paused: true } });
    expect(deployment().metadata?.annotations).toEqual(NOTE);
  });

  it('stays resumed, without a note, where Reloader’s pause has ended meanwhile', async () => {
    createPaused(NOTE);
    await workloads().liftPause(REF, SIGNS.mark);
    const { pause } = await workloads().rollout(REF, SIGNS);
    if (pause !== undefined) await workloads().endLiftedPause(REF, pause, 'forget');
    const { metadata, spec } = deployment();
    expect(spec?.paused).toBe(false);
    expect(Object.keys(metadata?.annotations ?? {})).toEqual(['deployment.reloader.stakater.com/pause-period']);
  });

  it('is not one that a person paused', async () => {
    createPaused({});
    expect((await workloads().rollout(REF, SIGNS)).pause).toBeUndefined();
    expect(reloaderPauseOf({ paused: true, annotations: {} })).toBeUndefined();
  });
});
