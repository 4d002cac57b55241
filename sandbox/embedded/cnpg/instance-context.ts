import type { Store } from '../api/index.ts';
import type { Behaviour } from '../behaviour.ts';
import type { PostgresServer } from '../postgres/server.ts';

/** What CNPG's program in the pod of an instance works with. */
export interface InstanceManagerContext {
  readonly store: Store;
  readonly behaviour: Behaviour;
  readonly server: PostgresServer;
  readonly version: string;
  readonly namespace: string;
  readonly cluster: string;
  readonly pod: string;
  /** Whether the operator has granted the instances this Secret of a DatabaseRole. */
  readonly mayRead: (secret: string) => boolean;
}
