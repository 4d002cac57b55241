import { ApiException } from '@kubernetes/client-node';
import type { KubernetesConnection } from '../../../src/kubernetes/connection.ts';
import { fromKubernetes } from '../../../src/kubernetes/errors.ts';

type Method = (request: Record<string, unknown>) => unknown;

/** The API's methods that a test answers, by their names in the Kubernetes client. */
export class StubApi {
  readonly calls: string[] = [];
  readonly connection: KubernetesConnection;

  constructor(methods: Readonly<Record<string, Method>>) {
    const answer = new Proxy(
      {},
      {
        get: (_, name: string) => (request: Record<string, unknown>) => {
          this.calls.push(name);
          return methods[name]?.(request);
        },
      },
    );
    this.connection = {
      core: answer,
      apps: answer,
      custom: answer,
      call: async (doing: string, act: (options: object) => unknown, expected?: (error: unknown) => unknown) => {
        try {
          return await act({});
        } catch (error) {
          const result = expected?.(error);
          if (result !== undefined) return result;
          throw fromKubernetes(error, doing);
        }
      },
    } as unknown as KubernetesConnection;
  }
}

export function apiError(code: number, message = ''): ApiException<string> {
  return new ApiException(code, 'answer', JSON.stringify({ kind: 'Status', message }), {});
}
