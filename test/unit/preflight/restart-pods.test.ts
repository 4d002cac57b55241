import type { Consumer } from '../../../src/domain/consumers/consumer.ts';
import { LITELLM } from '../../harness/examples.ts';
import { findings, refusesToBegin, type Case } from './world.ts';

const NAMESPACE = LITELLM.namespace;
const ETL = { kind: 'Workflow', namespace: NAMESPACE, name: 'etl' };
const BY_HAND = { kind: 'Pod', namespace: NAMESPACE, name: 'by-hand' };
const READS: Consumer = { ...ETL, secrets: [LITELLM.secret], pods: ['etl-1'], treatment: 'restarted' };

const BLOCKING: readonly Case[] = [
  [
    'the catalogue has a bare pod restarted',
    { component: { ...LITELLM, restartPods: [BY_HAND] } },
    'named-pods-are-made-again',
    'Pod ai-system/by-hand (a bare pod is never deleted, because nobody would make it again)',
    'out of restartPods of "litellm"',
  ],
  [
    'the catalogue has the pods of an owner restarted that has none',
    { component: { ...LITELLM, restartPods: [ETL, { ...ETL, name: 'gone' }] }, consumers: [READS] },
    'named-pods-are-made-again',
    'cannot be: Workflow ai-system/gone (no pod of it reads Secret ai-system/litellm-db-secret',
    'Take it out of restartPods',
  ],
];

describe('pods that the catalogue has restarted', () => {
  refusesToBegin(BLOCKING);

  it('are restarted where their owner has some', () => {
    expect(findings({ component: { ...LITELLM, restartPods: [ETL] }, consumers: [READS] })).toEqual([]);
  });
});
