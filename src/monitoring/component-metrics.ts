import { Gauge, Registry } from 'prom-client';
import type { ComponentState } from '../domain/status.ts';

/** How each component stands between rotations, in Prometheus' words. docs/monitoring.md lists the names. */
export class ComponentMetrics {
  readonly #registry = new Registry();
  readonly #changed = this.#gauge(
    'cnpg_rotator_credential_changed_timestamp_seconds',
    'When the password of the component last changed, in seconds since 1970.',
  );
  readonly #attention = this.#gauge(
    'cnpg_rotator_needs_attention',
    'A rotation of the component ended needing attention and still holds it.',
  );
  readonly #interrupted = this.#gauge(
    'cnpg_rotator_interrupted',
    'A rotation of the component was interrupted. The next start finishes its work.',
  );
  readonly #rotating = this.#gauge('cnpg_rotator_rotating', 'A rotation of the component runs.');
  readonly #readable = this.#gauge('cnpg_rotator_component_readable', 'The worker could read the component.');

  /** @param states of the whole catalogue: a component that is gone from it is gone from the metrics. */
  set(states: readonly ComponentState[]): void {
    for (const gauge of [this.#changed, this.#attention, this.#interrupted, this.#rotating, this.#readable])
      gauge.reset();
    for (const { component, namespace, cluster, strategy, changedAt, lock, failure } of states) {
      const labels = { component, component_namespace: namespace, cluster, strategy };
      const holds = (condition: boolean): number => (condition ? 1 : 0);
      this.#readable.set(labels, holds(failure === undefined));
      if (failure !== undefined) continue;
      if (changedAt !== undefined) this.#changed.set(labels, Date.parse(changedAt) / 1_000);
      this.#attention.set(labels, holds(lock?.state === 'needs-attention'));
      this.#interrupted.set(labels, holds(lock?.state === 'ended' || lock?.state === 'elsewhere'));
      this.#rotating.set(labels, holds(lock?.state === 'running'));
    }
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #gauge(name: string, help: string) {
    const labelNames = ['component', 'component_namespace', 'cluster', 'strategy'] as const;
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }
}
