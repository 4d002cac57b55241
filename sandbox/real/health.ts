import { z } from 'zod';
import { Api } from '../common/api.ts';
import { HEALTHY, OPERATOR, RELOADER } from '../common/names.ts';
import { COMPONENTS, type Component } from '../common/components.ts';
import { isAlive, runsInside } from './namespace.ts';
import { KUBECONFIG } from './paths.ts';
import { logOf } from '../common/paths.ts';
import type { State } from './state.ts';

const deploymentSchema = z.looseObject({
  metadata: z.looseObject({ generation: z.number().optional() }),
  spec: z.looseObject({ replicas: z.number() }),
  status: z.looseObject({
    observedGeneration: z.number().optional(),
    replicas: z.number().optional(),
    updatedReplicas: z.number().optional(),
    availableReplicas: z.number().optional(),
  }),
});

const clusterSchema = z.looseObject({
  status: z.looseObject({ phase: z.string().optional(), phaseReason: z.string().optional() }).optional(),
});

/** Undefined when the rollout is complete and every replica available; else what is missing. */
export async function deploymentProblem(api: Api, namespace: string, name: string): Promise<string | undefined> {
  const { metadata, spec, status } = await api.get(
    `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
    deploymentSchema,
  );
  const seen = status.observedGeneration === metadata.generation;
  const complete = status.updatedReplicas === spec.replicas && status.replicas === spec.replicas;
  if (seen && complete && status.availableReplicas === spec.replicas) return undefined;
  return `Deployment ${namespace}/${name}: ${status.availableReplicas ?? 0} of ${spec.replicas} replicas available`;
}

/** Undefined when CNPG calls the cluster healthy; else what it says instead. */
export async function clusterProblem(api: Api, { namespace, cluster }: Component): Promise<string | undefined> {
  const path = `/apis/postgresql.cnpg.io/v1/namespaces/${namespace}/clusters/${cluster}`;
  const { status } = await api.get(path, clusterSchema);
  if (status?.phase === HEALTHY) return undefined;
  return `Cluster ${namespace}/${cluster}: ${status?.phase ?? 'not yet seen by the operator'} ${status?.phaseReason ?? ''}`.trim();
}

/** All that is wrong with a sandbox that should be up; empty when nothing is. */
export async function findProblems(state: State): Promise<string[]> {
  const { init } = state;
  if (init === undefined || !isAlive(init)) return ['its first process is gone: run "npm run sandbox -- up" again'];
  const ended = Object.entries(state.daemons)
    .filter(([, pid]) => !runsInside(init, pid))
    .map(([name]) => `${name} has ended, see ${logOf(name)}`);
  const api = new Api(KUBECONFIG);
  try {
    const components = state.options.components.map((name) => COMPONENTS[name]);
    const checks = [
      deploymentProblem(api, OPERATOR.namespace, OPERATOR.deployment),
      ...(state.options.reloader === 'none' ? [] : [deploymentProblem(api, RELOADER.namespace, RELOADER.name)]),
      ...components.flatMap((of) => [clusterProblem(api, of), deploymentProblem(api, of.namespace, of.name)]),
    ];
    const found = await Promise.all(
      checks.map((check) => check.catch((error: unknown) => (error instanceof Error ? error.message : String(error)))),
    );
    return [...ended, ...new Set(found.filter((problem) => problem !== undefined))];
  } finally {
    api.close();
  }
}
