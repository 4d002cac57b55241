import type { V1ConfigMap } from '@kubernetes/client-node';
import { SECRETS_PER_PAGE } from '../domain/budgets.ts';
import type { ConfigMapTexts } from '../domain/consumers/texts.ts';
import type { KubernetesConnection } from './connection.ts';
import { expectedOfPage, listInPages, type PageOr } from './pages.ts';

export class ConfigMaps {
  constructor(private readonly connection: KubernetesConnection) {}

  /** @returns the texts of every ConfigMap of the namespace, or `undefined` when they may not be listed. */
  async list(namespace: string): Promise<readonly ConfigMapTexts[] | undefined> {
    const what = `the ConfigMaps of namespace ${namespace}`;
    return listInPages(
      what,
      (from) =>
        this.connection.call<PageOr<V1ConfigMap>>(
          `list ${what}`,
          (options) =>
            this.connection.core.listNamespacedConfigMap(
              { namespace, limit: SECRETS_PER_PAGE, _continue: from },
              options,
            ),
          (error) => expectedOfPage(error, from),
        ),
      ({ metadata, data = {} }) => ({ namespace, name: metadata?.name ?? '', texts: data }),
    );
  }
}
