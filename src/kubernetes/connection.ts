import { PRODUCT } from '../domain/marks.ts';
import { existsSync } from 'node:fs';
import {
  AppsV1Api,
  AuthorizationV1Api,
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  Observable,
  PatchStrategy,
  setHeaderOptions,
  type ConfigurationOptions,
} from '@kubernetes/client-node';
import pTimeout from 'p-timeout';
import { RotationError, messageOf } from '../domain/failures.ts';
import { again } from './again.ts';
import { fromKubernetes } from './errors.ts';
import { KeptAgent } from './kept-agent.ts';

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** The server that the client falls back to when there is no file. */
const MADE_UP_SERVER = 'http://localhost:8080';

/** One Kubernetes cluster and the way to it. */
export class KubernetesConnection {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly batch: BatchV1Api;
  readonly custom: CustomObjectsApi;
  readonly authorization: AuthorizationV1Api;
  readonly #agent = new KeptAgent();
  #aheadMs: number | undefined;

  constructor(
    readonly kubeConfig: KubeConfig,
    /** Whether this process runs in a pod of the cluster, where Services are reached directly. */
    readonly inCluster: boolean,
    /** The time limit of one API call, in milliseconds. */
    private readonly callTimeoutMs: number,
  ) {
    this.core = kubeConfig.makeApiClient(CoreV1Api);
    this.apps = kubeConfig.makeApiClient(AppsV1Api);
    this.batch = kubeConfig.makeApiClient(BatchV1Api);
    this.custom = kubeConfig.makeApiClient(CustomObjectsApi);
    this.authorization = kubeConfig.makeApiClient(AuthorizationV1Api);
  }

  get contextName(): string {
    return this.inCluster ? 'in-cluster' : this.kubeConfig.getCurrentContext();
  }

  get server(): string {
    return this.kubeConfig.getCurrentCluster()?.server ?? '';
  }

  /** How far the API server's clock is ahead of ours by its last answer, in milliseconds; undefined before any. */
  get clockAheadMs(): number | undefined {
    return this.#aheadMs;
  }

  /**
   * One API call with the time limit. An error becomes a `RotationError`, except for the statuses that `expected` turns
   * into a result. The call is repeated after a passing failure, so a repeat must be safe: every write of ours has a
   * precondition or writes the same again.
   * @param doing what the call does, to which object, for the message of an error.
   */
  async call<T>(
    doing: string,
    act: (options: ConfigurationOptions) => Promise<T>,
    expected?: (error: unknown) => T | undefined,
  ): Promise<T> {
    return again(async () => {
      try {
        // The request has its own limit. A kubeconfig's exec plugin runs before the request and has no limit.
        return await pTimeout(act(this.options()), {
          milliseconds: 2 * this.callTimeoutMs,
          message: `no answer within ${(2 * this.callTimeoutMs) / 1_000} s`,
        });
      } catch (error) {
        const result = expected?.(error);
        if (result !== undefined) return result;
        throw fromKubernetes(error, doing);
      }
    });
  }

  private options(): ConfigurationOptions {
    return {
      middleware: [
        {
          pre: (request) => {
            request.setHeaderParam('User-Agent', PRODUCT);
            request.setSignal(AbortSignal.timeout(this.callTimeoutMs));
            const agent = request.getAgent();
            if (agent !== undefined) request.setAgent(this.#agent.instead(agent));
            return new Observable(Promise.resolve(request));
          },
          post: (response) => {
            this.#lookAtClock(response.headers['date']);
            return new Observable(Promise.resolve(response));
          },
        },
      ],
      middlewareMergeStrategy: 'append',
    };
  }

  #lookAtClock(date: string | undefined): void {
    const told = Date.parse(date ?? '');
    if (!Number.isNaN(told)) this.#aheadMs = told - Date.now();
  }
}

/** The same options for a merge patch. */
export function mergePatch(options: ConfigurationOptions): ConfigurationOptions {
  return setHeaderOptions('Content-Type', PatchStrategy.MergePatch, options);
}

/** The same options for a strategic merge patch, which merges lists by their keys. */
export function strategicMergePatch(options: ConfigurationOptions): ConfigurationOptions {
  return setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch, options);
}

/**
 * Connects by the pod's own account inside a cluster, else by the kubeconfig that `KUBECONFIG` or
 * `~/.kube/config` gives.
 * @param context a context of the kubeconfig instead of its current one.
 * @throws RotationError `KubeconfigAbsent` when there is none, or the context is not in it.
 */
export function connectKubernetes(options: {
  readonly context?: string | undefined;
  readonly callTimeoutMs: number;
}): KubernetesConnection {
  const kubeConfig = new KubeConfig();
  const inCluster = process.env['KUBERNETES_SERVICE_HOST'] !== undefined && existsSync(SERVICE_ACCOUNT_TOKEN);
  if (inCluster && options.context === undefined && process.env['KUBECONFIG'] === undefined) {
    kubeConfig.loadFromCluster();
    return new KubernetesConnection(kubeConfig, true, options.callTimeoutMs);
  }
  const where = process.env['KUBECONFIG'] ?? '~/.kube/config';
  const mend = 'Set KUBECONFIG to the file of the cluster on which to rotate, or run "kubectl config get-contexts".';
  try {
    kubeConfig.loadFromDefault();
  } catch (error) {
    throw new RotationError('KubeconfigAbsent', `The kubeconfig ${where} cannot be read: ${messageOf(error)}. ${mend}`);
  }
  if (options.context !== undefined) {
    if (kubeConfig.getContextObject(options.context) === null) {
      throw new RotationError(
        'KubeconfigAbsent',
        `The kubeconfig ${where} has no context "${options.context}". ${mend}`,
      );
    }
    kubeConfig.setCurrentContext(options.context);
  }
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null || cluster.server === MADE_UP_SERVER) {
    throw new RotationError(
      'KubeconfigAbsent',
      `There is no kubeconfig with a current context (looked at ${where}). ${mend}`,
    );
  }
  return new KubernetesConnection(kubeConfig, false, options.callTimeoutMs);
}
