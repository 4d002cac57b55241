import { readFileSync } from 'node:fs';
import path from 'node:path';
import { AuthorizationV1Api, KubeConfig, RbacAuthorizationV1Api, type V1PolicyRule } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { checkComponents } from '../../src/client/check.ts';
import { TASK_QUEUE } from '../../src/temporal/task-queue.ts';
import { ROOT } from '../../sandbox/harness/programs.ts';
import { until } from '../../sandbox/harness/until.ts';
import { useHarness, LITELLM } from '../harness/harness.ts';

const MINUTE = 60_000;

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules: readonly V1PolicyRule[];
}

/** A verb of one rule of the ClusterRole, or of the Role in the component's namespace. */
interface Taken {
  readonly in: Role;
  readonly rule: V1PolicyRule;
  readonly verb: string;
  readonly resource: string;
}

/** The rules of the chart and of `cnpg-rotate rights` are the same: test/chart/rights.test.ts. */
const ROLES = parseAllDocuments(readFileSync(path.join(ROOT, 'deploy/rbac.yaml'), 'utf8'))
  .map((document) => document.toJS() as Role)
  .filter(
    ({ kind, metadata }) => kind === 'ClusterRole' || (kind === 'Role' && metadata.namespace === LITELLM.namespace),
  );

/**
 * What this component does not use: it is in place, CNPG's Cluster declares its role, and its one workload is a
 * Deployment. test/unit/rights/grants.test.ts has a component that uses all of it.
 */
const UNUSED = [
  /^(get|patch) secrets litellm-a-role/,
  /^(get|watch|patch) databaseroles /,
  /^(get|watch|patch) (statefulsets|daemonsets|replicasets|rollouts)$/,
  /^delete pods$/,
];

const nameOf = ({ verb, resource, rule: { resourceNames = [] } }: Taken): string =>
  [verb, resource, ...resourceNames.slice(0, 1)].join(' ');

const CASES = ROLES.flatMap((role) =>
  role.rules.flatMap((rule) =>
    (rule.resources ?? []).flatMap((resource) => rule.verbs.map((verb): Taken => ({ in: role, rule, verb, resource }))),
  ),
)
  // The file names what all four components have. Only rules that begin with this one are looked at.
  .filter(({ rule }) => rule.resourceNames === undefined || /^(litellm|kube-system)/.test(rule.resourceNames[0] ?? ''))
  .filter((taken) => !UNUSED.some((pattern) => pattern.test(nameOf(taken))))
  .map((taken) => [`${nameOf(taken)}, of the ${taken.in.kind}`, taken] as const);

const harness = useHarness({ components: ['litellm'], worker: true });

function isTaken(role: Role, rule: V1PolicyRule, resource: string, taken: Taken): boolean {
  if (resource !== taken.resource || rule.apiGroups?.[0] !== taken.rule.apiGroups?.[0]) return false;
  // What all namespaces have is no loss in one of them.
  return rule === taken.rule || (role.kind === 'ClusterRole' && taken.rule.resourceNames === undefined);
}

async function write(role: Role, taken?: Taken): Promise<void> {
  const rbac = harness.world.config.makeApiClient(RbacAuthorizationV1Api);
  const rules = role.rules.flatMap((rule) =>
    (rule.resources ?? []).map((resource) => ({
      apiGroups: rule.apiGroups,
      resourceNames: rule.resourceNames,
      resources: [resource],
      verbs: rule.verbs.filter((verb) => !(verb === taken?.verb && isTaken(role, rule, resource, taken))),
    })),
  );
  const { name, namespace = '' } = role.metadata;
  const body = {
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: role.kind, metadata: role.metadata },
    rules: rules.filter(({ verbs }) => verbs.length > 0),
  };
  await (role.kind === 'Role'
    ? rbac.replaceNamespacedRole({ name, namespace, body })
    : rbac.replaceClusterRole({ name, body }));
}

/** Whether the worker's account has the right: the API server learns of a changed Role a moment later. */
async function has({ in: role, rule, verb, resource: named }: Taken): Promise<boolean> {
  const config = new KubeConfig();
  config.loadFromFile(harness.environment['KUBECONFIG'] ?? '');
  const [resource, subresource] = named.split('/');
  const { status } = await config.makeApiClient(AuthorizationV1Api).createSelfSubjectAccessReview({
    body: {
      spec: {
        resourceAttributes: {
          ...{ verb, group: rule.apiGroups?.[0], resource, subresource },
          ...{ namespace: role.metadata.namespace ?? '', name: rule.resourceNames?.[0] },
        },
      },
    },
  });
  return status?.allowed === true;
}

/** All that a check says. */
async function check(): Promise<readonly string[]> {
  const { components } = await checkComponents(harness.temporal.client, TASK_QUEUE, [LITELLM.name]);
  return components.flatMap((one) =>
    'failure' in one
      ? [`${one.failure.type}: ${one.failure.message}`]
      : one.findings.map(({ rule, message }) => `${rule}: ${message}`),
  );
}

describe('a verb that the worker’s account lacks', () => {
  afterEach(async () => {
    for (const role of ROLES) await write(role);
  });

  it.each(CASES)(
    'is named by a finding: %s',
    async (_, taken) => {
      for (const role of ROLES) await write(role, taken);
      await until(`the account to lose "${nameOf(taken)}"`, async () => !(await has(taken)), MINUTE);
      const [resource = ''] = taken.resource.split('/').slice(-1);
      const says = (text: string): boolean =>
        new RegExp(`\\b${taken.verb}\\b.*\\b${resource}\\b`).test(text.replaceAll('"', '')) &&
        text.includes(taken.rule.resourceNames?.[0] ?? '');
      expect((await check()).filter(says)).toEqual([
        expect.stringMatching(/^((optional-)?rights-are-granted|RightsMissing|other-secrets-are-found): /),
      ]);
    },
    2 * MINUTE,
  );
});
