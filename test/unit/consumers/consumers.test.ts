import { consumersOf, type Consumer, type ReadingPod } from '../../../src/domain/consumers/consumer.ts';
import type { Component } from '../../../src/domain/component.ts';
import { LITELLM } from '../../harness/examples.ts';

const NS = LITELLM.namespace;
const SECRET = LITELLM.secret;
const pod = (name: string, kind?: string, owner?: string): ReadingPod => ({
  name,
  secrets: [SECRET],
  ...(kind !== undefined && owner !== undefined && { owner: { kind, name: owner } }),
});
const ETL = { kind: 'Workflow', namespace: NS, name: 'etl' };
const WEB = { kind: 'Deployment', namespace: NS, name: 'web', secrets: [SECRET] };

/** `Job nightly [nightly-1]: waited for`. */
const inShort = ({ kind, name, pods, treatment, accepted }: Consumer): string =>
  `${kind} ${name} [${pods.join(' ')}]: ${treatment}${accepted === true ? ', accepted' : ''}`;

describe('the consumers of a namespace', () => {
  it.each<readonly [string, readonly ReadingPod[], Partial<Component>, readonly string[]]>([
    ['a workload without pods', [], {}, ['Deployment web []: restarted']],
    [
      'the pods of a workload',
      [pod('web-1', 'Deployment', 'web'), pod('web-2', 'Deployment', 'web')],
      {},
      ['Deployment web [web-1 web-2]: restarted'],
    ],
    [
      'a Job and a CronJob, which end by themselves',
      [pod('migrate-x', 'Job', 'migrate'), pod('nightly-1-x', 'CronJob', 'nightly')],
      {},
      [
        'Deployment web []: restarted',
        'Job migrate [migrate-x]: waited for',
        'CronJob nightly [nightly-1-x]: waited for',
      ],
    ],
    [
      'a Job, where nobody waits',
      [pod('migrate-x', 'Job', 'migrate')],
      { waitForJobsSeconds: 0 },
      ['Deployment web []: restarted', 'Job migrate [migrate-x]: told'],
    ],
    [
      'a bare pod, and the pods of an operator',
      [pod('by-hand'), pod('etl-1', 'Workflow', 'etl'), pod('etl-2', 'Workflow', 'etl')],
      {},
      ['Deployment web []: restarted', 'Pod by-hand [by-hand]: told', 'Workflow etl [etl-1 etl-2]: told'],
    ],
    [
      'the pods of an operator that the catalogue has restarted, even where it leaves them behind too',
      [pod('etl-1', 'Workflow', 'etl'), pod('other-1', 'Workflow', 'other')],
      { restartPods: [ETL], leftBehind: [ETL] },
      ['Deployment web []: restarted', 'Workflow etl [etl-1]: restarted', 'Workflow other [other-1]: told'],
    ],
    [
      'a bare pod, which nobody would make again, whatever the catalogue says',
      [pod('by-hand')],
      { restartPods: [{ kind: 'Pod', namespace: NS, name: 'by-hand' }] },
      ['Deployment web []: restarted', 'Pod by-hand [by-hand]: told'],
    ],
    [
      'a pod of a workload that is not restarted, because its template reads nothing',
      [pod('old-1', 'Deployment', 'old')],
      {},
      ['Deployment web []: restarted', 'Deployment old [old-1]: told'],
    ],
    [
      'a Job that the catalogue leaves behind',
      [pod('migrate-x', 'Job', 'migrate')],
      { leftBehind: [{ kind: 'Job', namespace: NS, name: 'migrate' }] },
      ['Deployment web []: restarted', 'Job migrate [migrate-x]: told, accepted'],
    ],
    [
      'a Job of the same name in another namespace is not the one that the catalogue leaves behind',
      [pod('migrate-x', 'Job', 'migrate')],
      { leftBehind: [{ kind: 'Job', namespace: 'apps', name: 'migrate' }] },
      ['Deployment web []: restarted', 'Job migrate [migrate-x]: waited for'],
    ],
  ])('%s', (_, pods, component, consumers) => {
    expect(consumersOf({ ...LITELLM, ...component }, NS, pods, [WEB]).map(inShort)).toEqual(consumers);
  });
});
