import { objectName } from '../domain/component.ts';
import { PRODUCT } from '../domain/marks.ts';
import type { KubernetesConnection } from './connection.ts';
import { isConflict } from './errors.ts';

export interface EventText {
  readonly namespace: string;
  /** The Event's name contains this id, so that a retry does not write a second Event. */
  readonly id: string;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, as in `kubectl get events`. */
  readonly reason: string;
  readonly message: string;
}

export class Events {
  constructor(private readonly connection: KubernetesConnection) {}

  /** Writes an Event about a Secret. */
  async aboutSecret(secret: string, event: EventText, at: Date): Promise<void> {
    const { namespace, id, type, reason, message } = event;
    await this.connection.call<unknown>(
      `write an Event about ${objectName('Secret', namespace, secret)}`,
      (options) =>
        this.connection.core.createNamespacedEvent(
          {
            namespace,
            body: {
              metadata: { name: `${id}.${reason.toLowerCase()}`, namespace },
              involvedObject: { apiVersion: 'v1', kind: 'Secret', namespace, name: secret },
              type,
              reason,
              message,
              firstTimestamp: at,
              lastTimestamp: at,
              count: 1,
              source: { component: PRODUCT },
              reportingComponent: PRODUCT,
              reportingInstance: PRODUCT,
            },
          },
          options,
        ),
      (error) => (isConflict(error) ? 'written' : undefined),
    );
  }
}
