import { judgeReloaders, readReloader, type ReloaderProgram } from '../../../src/domain/reloader/index.ts';
import { goDurationSeconds } from '../../../src/domain/reloader/duration.ts';
import { RELOADER_CASES, type ReloaderCase } from '../../../sandbox/common/reloader-cases.ts';

const SECRET = 'litellm-db-secret';

/** A Reloader of kube-system. */
function reloader({
  args = [],
  version,
  onlyNamespace,
}: Pick<ReloaderCase, 'args' | 'version' | 'onlyNamespace'>): ReloaderProgram {
  return readReloader({
    ...{ namespace: 'kube-system', name: 'reloader', words: ['/manager', ...args] },
    image: `ghcr.io/stakater/reloader:${version ?? 'ours'}`,
    ...(onlyNamespace !== undefined && { onlyNamespace }),
  });
}

function workload({ kind = 'Deployment', workload: annotations = {}, template = {} }: Partial<ReloaderCase>) {
  return { kind, namespace: 'apps', annotations, templateAnnotations: template };
}

describe('a workload is watched by Reloader', () => {
  it.each(RELOADER_CASES.map((one) => [`${one.case}: ${one.reacts ? 'yes' : 'no'} (${one.source})`, one] as const))(
    'with %s',
    (_, one) => {
      const view = {
        reloaders: [reloader(one)],
        secrets: new Map([[SECRET, { annotations: one.secret ?? {}, labels: one.secretLabels ?? {} }]]),
        ...(one.namespaceLabels && { namespaceLabels: one.namespaceLabels }),
      };
      expect(judgeReloaders(view, workload(one), [SECRET]).watchedByReloader).toBe(one.reacts);
    },
  );
});

describe('what the Reloaders of a cluster do with a workload', () => {
  const auto = workload({ workload: { 'reloader.stakater.com/auto': 'true' } });
  const none = new Map<string, never>();
  const judge = (reloaders: readonly ReloaderProgram[] | 'unknown', of = auto, secrets: readonly string[] = [SECRET]) =>
    judgeReloaders({ reloaders, secrets: none }, of, secrets);

  it('is said by the annotations alone where nobody may see a Reloader', () => {
    expect(judge('unknown')).toEqual({
      watchedByReloader: true,
      asksForReloader: true,
      annotatedOnTemplateOnly: false,
    });
  });

  it('is nothing where there is none, though the workload asks for it', () => {
    expect(judge([])).toMatchObject({ watchedByReloader: false, asksForReloader: true });
  });

  it('is what any of them does', () => {
    expect(judge([reloader({ args: ['--namespaces-to-ignore=apps'] }), reloader({})])).toMatchObject({
      watchedByReloader: true,
    });
  });

  it('is told with its reason where a Reloader does not do what it is asked', () => {
    expect(judge([reloader({ args: ['--namespaces-to-ignore=apps'] })])).toMatchObject({
      watchedByReloader: false,
      asksForReloader: true,
      reloaderDoesNot: 'kube-system/reloader: its argument --namespaces-to-ignore names apps',
    });
  });

  it('is told by the Reloader of the namespace, not by one of other namespaces', () => {
    const elsewhere = reloader({ onlyNamespace: 'other' });
    const here = reloader({ args: ['--resources-to-ignore=secrets'] });
    expect(judge([elsewhere, here])).toHaveProperty(
      'reloaderDoesNot',
      expect.stringContaining('--resources-to-ignore'),
    );
    expect(judge([elsewhere])).toHaveProperty('reloaderDoesNot', 'kube-system/reloader: it watches other only');
  });

  it('is nothing, and meant so, where an annotation says no', () => {
    const excluded = workload({
      workload: { 'reloader.stakater.com/auto': 'true', 'secrets.exclude.reloader.stakater.com/reload': SECRET },
    });
    expect(judge([reloader({})], excluded)).toMatchObject({ watchedByReloader: false, toldNotToReload: true });
    expect(judge([reloader({})], excluded)).not.toHaveProperty('reloaderDoesNot');
  });

  it('is one rollout by two of the same strategy, and two by two of different strategies', () => {
    const variables = reloader({});
    expect(judge([variables, reloader({})])).not.toHaveProperty('reloadedTwiceBy');
    expect(judge([variables, reloader({ args: ['--reload-strategy=annotations'] })])).toHaveProperty(
      'reloadedTwiceBy',
      ['kube-system/reloader', 'kube-system/reloader'],
    );
    const elsewhere = reloader({ args: ['--reload-strategy=annotations'], onlyNamespace: 'other' });
    expect(judge([variables, elsewhere])).not.toHaveProperty('reloadedTwiceBy');
  });

  it('is told where it reacts to some of the Secrets only', () => {
    const listed = workload({ workload: { 'secret.reloader.stakater.com/reload': SECRET } });
    expect(judge([reloader({})], listed, [SECRET, 'litellm-env'])).toMatchObject({
      watchedByReloader: false,
      reloadedOnlyFor: [SECRET],
    });
  });

  it('is a pause where the Deployment has one, and the Reloader knows pauses', () => {
    const pausing = workload({
      workload: { 'reloader.stakater.com/auto': 'true', 'deployment.reloader.stakater.com/pause-period': '5m' },
    });
    expect(judge([reloader({ version: 'v1.4.16' })], pausing)).toHaveProperty('pauseSeconds', 300);
    expect(judge('unknown', pausing)).toHaveProperty('pauseSeconds', 300);
    expect(judge([reloader({ version: 'v1.3.0' })], pausing)).not.toHaveProperty('pauseSeconds');
    expect(judge('unknown', { ...pausing, kind: 'StatefulSet' })).not.toHaveProperty('pauseSeconds');
  });
});

it.each([
  ['300s', 300],
  ['1h30m', 5_400],
  ['1.5m', 90],
  ['250ms', 0.25],
  ['5 minutes', undefined],
  ['-5m', undefined],
  ['0s', undefined],
  ['', undefined],
])('a duration as Go writes it: %s', (text, seconds) => {
  expect(goDurationSeconds(text)).toBe(seconds);
});
