import type { V1SelfSubjectAccessReview } from '@kubernetes/client-node';
import { RIGHTS_ASKED_AT_ONCE } from '../domain/budgets.ts';
import type { Right } from '../domain/preflight/index.ts';
import type { KubernetesConnection } from './connection.ts';

/** Asks the API server for the rights of this worker's account. */
export class Rights {
  constructor(private readonly connection: KubernetesConnection) {}

  /** @returns the rights that the account lacks, in the given order. */
  async missing(rights: readonly Right[]): Promise<readonly Right[]> {
    const granted: boolean[] = [];
    const left = [...rights.entries()];
    const askInTurn = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [index, right] = next;
        granted[index] = await this.#isGranted(right);
      }
    };
    await Promise.all(Array.from({ length: RIGHTS_ASKED_AT_ONCE }, askInTurn));
    return rights.filter((_, index) => granted[index] === false);
  }

  async #isGranted({ verb, group, resource, subresource, namespace, name }: Right): Promise<boolean> {
    const resourceAttributes = { verb, group, resource, subresource, namespace, name };
    const { status } = await this.connection.call<V1SelfSubjectAccessReview>(
      `ask for the right to ${verb} ${resource}`,
      (options) =>
        this.connection.authorization.createSelfSubjectAccessReview(
          { body: { spec: { resourceAttributes } } },
          options,
        ),
    );
    return status?.allowed === true;
  }
}
