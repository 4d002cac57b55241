import path from 'node:path';
import { execa } from 'execa';
import { chartTool, requireChartTools, schemaFolder } from '../../tools/chart/builds.ts';
import { helmLint, helmTemplate } from '../../tools/chart/helm.ts';

/** Kinds of other projects, whose schemas are not part of Kubernetes. */
const FOREIGN = ['Connection', 'WorkerDeployment', 'PodMonitor', 'PrometheusRule'];

/** Values that together render every template and every branch. */
const VALUES: readonly (readonly string[])[] = [
  [],
  [
    ...['exec', 'portForward', 'adoption', 'databaseRoles'].map((right) => `rights.${right}=true`),
    'admissionPolicy.enabled=true',
    'temporal.tls.caSecret.name=ca',
    'temporal.tls.clientSecret.name=client',
    'temporal.apiKeySecret.name=key',
    'versioning.enabled=true',
    'priorityClassName=system-cluster-critical',
    'imagePullSecrets[0].name=registry',
    'tolerations[0].operator=Exists',
    'nodeSelector.disk=ssd',
    'topologySpreadConstraints[0].maxSkew=1',
    'topologySpreadConstraints[0].topologyKey=kubernetes.io/hostname',
    'topologySpreadConstraints[0].whenUnsatisfiable=ScheduleAnyway',
    'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key=x',
    'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].operator=Exists',
    'extraVolumes[0].name=age',
    'extraVolumes[0].secret.secretName=age',
    'extraVolumeMounts[0].name=age',
    'extraVolumeMounts[0].mountPath=/keys',
    'extraEnv[0].name=SOPS_AGE_KEY_FILE',
    'extraEnv[0].value=/keys/age',
    'networkPolicy.apiServer.cidrs={10.0.0.1/32}',
    'networkPolicy.temporal.to[0].namespaceSelector.matchLabels.name=temporal',
    'podLabels.team=platform',
    'podAnnotations.team=platform',
    'commonLabels.owner=platform',
    'serviceAccount.annotations.team=platform',
    'podDisruptionBudget.maxUnavailable=50%',
  ],
  [
    'workerController.enabled=true',
    'workerController.rollout.strategy=Progressive',
    'workerController.rollout.steps[0].rampPercentage=25',
    'workerController.rollout.steps[0].pauseDuration=5m',
    'monitoring.podMonitor.enabled=true',
    'monitoring.prometheusRule.enabled=true',
    'monitoring.dashboard.enabled=true',
  ],
];
const CATALOGUES = ['components.yaml', 'test/chart/catalogues/consumers.yaml', 'test/chart/catalogues/gitops.yaml'];
const CASES = CATALOGUES.flatMap((catalogue) => VALUES.map((set, index) => [catalogue, index, set] as const));

async function conforms(manifests: string): Promise<string> {
  const { stdout, failed } = await execa(
    chartTool('kubeconform').binary,
    [
      ...['-strict', '-summary', '-skip', FOREIGN.join(',')],
      ...['-schema-location', path.join(schemaFolder(), '{{.ResourceKind}}{{.KindSuffix}}.json'), '-'],
    ],
    { input: manifests, reject: false },
  );
  return failed ? stdout : 'valid';
}

beforeAll(requireChartTools);

describe('the chart', () => {
  it.each(CASES)('renders what Kubernetes accepts, for %s and the values no. %i', async (catalogue, _, set) => {
    expect(await conforms(await helmTemplate({ values: [catalogue], set }))).toBe('valid');
    await helmLint({ values: [catalogue], set });
  });

  it('would be caught with a field that Kubernetes does not know', async () => {
    const rendered = await helmTemplate({});
    expect(await conforms(rendered.replace('runAsNonRoot:', 'runAsNotRoot:'))).toContain('runAsNotRoot');
    expect(await conforms(rendered.replace('replicas: 2', 'replicas: two'))).toContain('replicas');
  });

  it.each([
    ['a misspelt value', 'temporal.adress=x:1', "at '/temporal': additional properties 'adress' not allowed"],
    ['an address without a port', 'temporal.address=temporal', "at '/temporal/address'"],
    ['a text for a number', 'replicas=two', "at '/replicas': got string, want integer"],
    ['a text for a switch', 'rights.exec=yes', "at '/rights/exec': got string, want boolean"],
    ['an unknown field of a component', 'components[0].namespce=x', "additional properties 'namespce' not allowed"],
    ['an unknown strategy', 'components[0].strategy=both', "at '/components/0/strategy'"],
    ['a workload without a kind', 'rights.more.workloads={ai-system/litellm}', "at '/rights/more/workloads/0'"],
    ['a Secret without its namespace', 'rights.more.secrets={ca}', "at '/rights/more/secrets/0'"],
    ['a digest that is none', 'image.digest=latest', "at '/image/digest'"],
  ])('refuses %s', async (_, value, message) => {
    await expect(helmTemplate({ set: [value] })).rejects.toThrow(message);
  });

  it('asks for a catalogue', async () => {
    await expect(helmTemplate({ values: [] })).rejects.toThrow('components is empty');
  });

  it('refuses an admission policy before Kubernetes 1.30', async () => {
    const set = ['admissionPolicy.enabled=true'];
    await expect(helmTemplate({ set, more: ['--kube-version', '1.29.0'] })).rejects.toThrow(
      'admissionPolicy.enabled needs Kubernetes 1.30',
    );
    await expect(helmTemplate({ set, more: ['--kube-version', '1.30.0'] })).resolves.toContain('cnpg-rotator-secrets');
  });
});
