import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { SHUTDOWN_GRACE_MS } from '../../src/domain/budgets.ts';
import { requireChartTools } from '../../tools/chart/builds.ts';
import { helmTemplate, parseManifests, type Manifest, type Rendering } from '../../tools/chart/helm.ts';

const podSchema = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()), annotations: z.record(z.string(), z.string()) }),
  spec: z.looseObject({
    terminationGracePeriodSeconds: z.number(),
    securityContext: z.unknown(),
    containers: z.tuple([
      z.looseObject({
        image: z.string(),
        imagePullPolicy: z.string(),
        env: z.array(
          z.looseObject({ name: z.string(), value: z.string().optional(), valueFrom: z.unknown().optional() }),
        ),
        securityContext: z.unknown(),
        volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
      }),
    ]),
    volumes: z.array(z.looseObject({ name: z.string() })),
  }),
});
const policySchema = z.object({ variables: z.array(z.object({ expression: z.string() })).default([]) });
const workerSchema = z.object({ spec: z.looseObject({ template: podSchema }) });

async function render(rendering: Rendering = {}): Promise<readonly Manifest[]> {
  return parseManifests(await helmTemplate(rendering));
}

function one(objects: readonly Manifest[], kind: string): Manifest {
  const [found, ...more] = objects.filter((object) => object.kind === kind);
  if (found === undefined || more.length > 0) throw new Error(`there is not one ${kind}`);
  return found;
}

const podOf = (object: Manifest) => workerSchema.parse(object).spec.template;

/** Whether a Pod has what the standard "restricted" of Pod Security asks. */
const RESTRICTED = {
  pod: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  container: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
};

beforeAll(requireChartTools);

describe('the worker of the chart', () => {
  it('runs the image of the chart’s version, without root and without a writable disk', async () => {
    const { spec } = podOf(one(await render(), 'Deployment'));
    const [{ image, imagePullPolicy, securityContext, volumeMounts }] = spec.containers;
    expect([image, imagePullPolicy]).toEqual(['cnpg-rotator:0.2.0', 'IfNotPresent']);
    expect(spec.securityContext).toMatchObject(RESTRICTED.pod);
    expect(securityContext).toMatchObject(RESTRICTED.container);
    const writable = volumeMounts.filter(({ readOnly }) => readOnly !== true).map(({ name }) => name);
    expect(new Set(writable)).toEqual(new Set(['scratch']));
    expect(spec.volumes.find(({ name }) => name === 'scratch')).toMatchObject({ emptyDir: { medium: 'Memory' } });
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(2 * (SHUTDOWN_GRACE_MS / 1_000));
  });

  it.each(['components.yaml', 'test/chart/catalogues/consumers.yaml', 'test/chart/catalogues/gitops.yaml'])(
    'reads the catalogue of the values: %s',
    async (catalogue) => {
      const objects = await render({ values: [catalogue] });
      const { data } = z.object({ data: z.record(z.string(), z.string()) }).parse(one(objects, 'ConfigMap'));
      const folder = mkdtempSync(path.join(tmpdir(), 'chart-'));
      try {
        const file = path.join(folder, 'components.yaml');
        writeFileSync(file, data['components.yaml'] ?? '');
        expect(loadCatalogue(file).components).toEqual(loadCatalogue(catalogue).components);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  it('starts anew when the catalogue changes', async () => {
    const [before, after] = await Promise.all(
      [[], ['components[0].discover=false', 'components[0].name=litellm', 'components[0].namespace=ai-system']].map(
        async (set) => podOf(one(await render({ set }), 'Deployment')).metadata.annotations['checksum/components'],
      ),
    );
    expect(before).not.toBe(after);
  });

  it('tells Temporal’s SDK what the values say', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'chart-'));
    try {
      for (const file of ['ca.crt', 'tls.crt', 'tls.key']) writeFileSync(path.join(folder, file), file);
      const set = [
        'temporal.address=temporal.example:7233',
        'temporal.namespace=rotations',
        'temporal.tls.serverName=frontend',
        'temporal.tls.caSecret.name=temporal-ca',
        'temporal.tls.clientSecret.name=temporal-client',
      ];
      const [{ env, volumeMounts }] = podOf(one(await render({ set }), 'Deployment')).spec.containers;
      // A file of a Secret's volume is here in the folder.
      const variables = env.map(({ name, value = '' }) => {
        const mount = volumeMounts.find(({ mountPath }) => path.dirname(value) === mountPath);
        return [name, mount === undefined ? value : path.join(folder, path.basename(value))] as const;
      });
      const { connectionOptions, namespace } = loadClientConnectConfig({
        overrideEnvVars: Object.fromEntries(variables),
        disableFile: true,
      });
      expect([connectionOptions.address, namespace]).toEqual(['temporal.example:7233', 'rotations']);
      expect(connectionOptions.tls).toEqual({
        clientCertPair: { crt: Buffer.from('tls.crt'), key: Buffer.from('tls.key') },
        serverRootCACertificate: Buffer.from('ca.crt'),
        serverNameOverride: 'frontend',
      });
      expect(variables).toContainEqual(['CNPG_ROTATOR_TASK_QUEUE', 'cnpg-rotator']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('takes an API key from a Secret, and no other way', async () => {
    const set = ['temporal.apiKeySecret.name=temporal-cloud'];
    const [{ env }] = podOf(one(await render({ set }), 'Deployment')).spec.containers;
    expect(env.find(({ name }) => name === 'TEMPORAL_API_KEY')).toEqual({
      name: 'TEMPORAL_API_KEY',
      valueFrom: { secretKeyRef: { name: 'temporal-cloud', key: 'api-key' } },
    });
    await expect(render({ set: ['temporal.apiKey=secret'] })).rejects.toThrow("additional properties 'apiKey'");
  });

  it.each([
    ['the chart’s Deployment', 'Deployment', []],
    ['Temporal’s worker controller', 'WorkerDeployment', ['workerController.enabled=true']],
  ])('reads its payload keys from a Secret, in a pod of %s', async (_, kind, more) => {
    const set = ['temporal.payloadKeySecret.name=histories', ...more];
    const { containers, volumes } = podOf(one(await render({ set }), kind)).spec;
    const [{ env, volumeMounts }] = containers;
    const file = env.find(({ name }) => name === 'CNPG_ROTATOR_PAYLOAD_KEY_FILE')?.value ?? '';
    expect(path.basename(file)).toBe('payload-keys');
    const mount = volumeMounts.find(({ mountPath }) => mountPath === path.dirname(file));
    expect(mount).toMatchObject({ readOnly: true });
    expect(volumes.find(({ name }) => name === mount?.name)).toMatchObject({ secret: { secretName: 'histories' } });
  });

  it('says its version to Temporal where it is told to', async () => {
    const versioned = async (set: readonly string[]) =>
      podOf(one(await render({ set }), 'Deployment'))
        .spec.containers[0].env.filter(({ name }) => /DEPLOYMENT_NAME|BUILD_ID/.test(name))
        .map(({ name, value }) => `${name}=${value ?? ''}`);
    expect(await versioned([])).toEqual([]);
    expect(await versioned(['versioning.enabled=true', 'image.tag=1.2.3'])).toEqual([
      'TEMPORAL_DEPLOYMENT_NAME=cnpg-rotator',
      'TEMPORAL_WORKER_BUILD_ID=1.2.3',
    ]);
  });

  it('is left to Temporal’s worker controller where that is asked for', async () => {
    const set = ['workerController.enabled=true', 'temporal.tls.clientSecret.name=temporal-client'];
    const objects = await render({ set });
    expect(objects.filter(({ kind }) => kind === 'Deployment')).toEqual([]);
    const worker = one(objects, 'WorkerDeployment');
    expect(worker['spec']).toMatchObject({
      workerOptions: { connectionRef: { name: 'cnpg-rotator' }, temporalNamespace: 'default' },
      rollout: { strategy: 'AllAtOnce' },
      sunset: { scaledownDelay: '1h', deleteDelay: '24h' },
    });
    expect(one(objects, 'Connection')['spec']).toEqual({
      hostPort: 'temporal-frontend.temporal.svc:7233',
      mutualTLSSecretRef: { name: 'temporal-client' },
    });
    // The controller sets these.
    expect(podOf(worker).spec.containers[0].env.filter(({ name }) => name.startsWith('TEMPORAL_'))).toEqual([]);
    const own = await render({ set: [...set, 'workerController.connection=cloud'] });
    expect(own.filter(({ kind }) => kind === 'Connection')).toEqual([]);
  });

  it('reaches PostgreSQL at the Clusters of the catalogue, and no other pod on its port', async () => {
    const { spec } = z
      .object({
        spec: z.object({
          egress: z.array(
            z.object({ ports: z.array(z.object({ port: z.number() })), to: z.array(z.unknown()).optional() }),
          ),
        }),
      })
      .parse(one(await render({ values: ['test/chart/catalogues/consumers.yaml'] }), 'NetworkPolicy'));
    const [postgres, ...more] = spec.egress.filter(({ ports }) => ports.some(({ port }) => port === 5432));
    expect(more).toEqual([]);
    const inNamespace = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });
    const clusters = (...values: readonly string[]) => ({
      matchExpressions: [{ key: 'cnpg.io/cluster', operator: 'In', values }],
    });
    const poolers = { matchExpressions: [{ key: 'cnpg.io/poolerName', operator: 'Exists' }] };
    expect(postgres?.to).toEqual([
      { namespaceSelector: inNamespace('databases'), podSelector: clusters('litellm-postgresql') },
      { namespaceSelector: inNamespace('databases'), podSelector: poolers },
      { namespaceSelector: inNamespace('cache'), podSelector: clusters('shared') },
      { namespaceSelector: inNamespace('cache'), podSelector: poolers },
      { namespaceSelector: inNamespace('quiet'), podSelector: clusters('quiet-postgresql') },
      { namespaceSelector: inNamespace('quiet'), podSelector: poolers },
    ]);
  });

  it('has the same selector everywhere', async () => {
    const objects = await render({ set: ['monitoring.podMonitor.enabled=true'] });
    const selectors = objects.flatMap(({ kind, spec }) => {
      const { selector, podSelector } = z
        .looseObject({ selector: z.unknown(), podSelector: z.unknown() })
        .partial()
        .parse(spec ?? {});
      const found = selector ?? podSelector;
      return found === undefined ? [] : [[kind, found] as const];
    });
    const labels = { 'app.kubernetes.io/name': 'cnpg-rotator', 'app.kubernetes.io/instance': 'cnpg-rotator' };
    expect(podOf(one(objects, 'Deployment')).metadata.labels).toMatchObject(labels);
    expect(Object.fromEntries(selectors)).toEqual(
      Object.fromEntries(
        ['Deployment', 'PodDisruptionBudget', 'NetworkPolicy', 'PodMonitor'].map((kind) => [
          kind,
          { matchLabels: labels },
        ]),
      ),
    );
  });

  it('has a PodMonitor where the cluster knows the kind, or where it is asked for', async () => {
    const has = async (rendering: Rendering) => (await render(rendering)).some(({ kind }) => kind === 'PodMonitor');
    const known = ['--api-versions', 'monitoring.coreos.com/v1/PodMonitor'];
    expect([
      await has({}),
      await has({ more: known }),
      await has({ more: known, set: ['monitoring.podMonitor.enabled=false'] }),
      await has({ set: ['monitoring.podMonitor.enabled=true'] }),
    ]).toEqual([false, true, false, true]);
  });

  it('is of the version in package.json', async () => {
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync('package.json', 'utf8')));
    expect(podOf(one(await render(), 'Deployment')).spec.containers[0].image).toBe(`cnpg-rotator:${version}`);
  });
});

describe('the admission policy of the chart', () => {
  it('has the names that RBAC cannot have', async () => {
    const policies = async (set: readonly string[]) => {
      const objects = await render({ set: ['admissionPolicy.enabled=true', ...set] });
      return objects.flatMap((object) => {
        if (object.kind !== 'ValidatingAdmissionPolicy') return [];
        const { variables } = policySchema.parse(object['spec']);
        return [[object.metadata.name, variables.map(({ expression }) => JSON.parse(expression) as unknown)] as const];
      });
    };
    const staging = {
      'ai-system': ['litellm-db-secret-rotation', 'langfuse-db-secret-rotation', 'obot-db-secret-rotation'],
      cache: ['dragonfly-db-secret-rotation'],
    };
    expect(await policies([])).toEqual([['cnpg-rotator-secrets', [staging]]]);
    const [secrets, exec, label] = await policies(['rights.adoption=true']);
    expect(secrets).toEqual([
      'cnpg-rotator-secrets',
      [
        {
          'ai-system': [
            ...staging['ai-system'],
            ...['litellm', 'langfuse', 'obot'].flatMap((name) =>
              ['owner', 'a', 'b'].map((part) => `${name}-${part}-role`),
            ),
          ],
          cache: [...staging.cache, ...['owner', 'a', 'b'].map((part) => `dragonfly-${part}-role`)],
        },
      ],
    ]);
    expect(exec).toEqual([
      'cnpg-rotator-exec',
      [
        {
          'ai-system': ['litellm-postgresql', 'langfuse-postgresql', 'obot-postgresql'],
          cache: ['dragonfly-postgresql'],
        },
      ],
    ]);
    expect(label).toEqual(['cnpg-rotator-exec-label', []]);
  });
});
