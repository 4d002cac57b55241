import type { ApiFaults } from './faults.ts';
import type { ResourceName } from './objects.ts';
import type { PodRuntime } from './runtime.ts';
import type { Store } from './store-types.ts';

export interface ApiServerOptions {
  readonly store: Store;
  readonly runtime: PodRuntime;
  readonly faults: ApiFaults;
  /** Kinds whose CustomResourceDefinition nobody has installed. It may change at any time. Default: none. */
  readonly missing?: ReadonlySet<ResourceName>;
}

export interface ApiServer {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  /** The certificate of the authority that a client trusts; PEM. */
  readonly authority: string;
  /** The administrator's bearer token, who may do everything. Other accounts get theirs from `serviceaccounts/<name>/token`. */
  readonly token: string;
  /** A kubeconfig's text, with the administrator's token and context `embedded`. */
  readonly kubeconfig: string;
  /** Breaks every watch that is open now. @returns how many. */
  dropWatches(): number;
  /** Breaks every connection and frees the port. */
  close(): Promise<void>;
}
