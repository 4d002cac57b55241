import { defaultAlternating } from '../../src/domain/alternating-names.ts';
import type { Component } from '../../src/domain/component.ts';
import type { LoadedWorld } from './load.ts';

/** A component of the world, with its names as the catalogue gives them; the namespace is the real one. */
export type PlacedComponent = Component;

/**
 * Where a world is played. Its file says `apps`; so that worlds do not meet, there it is `apps-<id>`, and what is
 * printed says `apps` again. The names of Services in texts (`litellm-postgresql-rw.apps.svc`) follow.
 */
export class Place {
  readonly names: readonly string[];
  readonly #inText: RegExp;
  readonly #back: RegExp;

  constructor(
    readonly id: string,
    world: LoadedWorld,
  ) {
    const named = [
      ...world.catalogue.components.map(({ namespace }) => namespace),
      ...world.catalogue.components.flatMap((one) => consumersOf(one).map(({ namespace }) => namespace)),
      ...world.objects.map(({ metadata }) => metadata.namespace),
      ...(world.applications ?? []).map(({ namespace }) => namespace),
    ];
    this.names = [...new Set(named.filter((name) => name !== undefined))];
    const any = this.names.join('|');
    // A host of a Cluster, and the namespace in Argo CD's tracking id.
    this.#inText = new RegExp(`(-(?:rw|ro|r)\\.|/[A-Z]\\w+:)(${any})(?=[.:/\\s"']|$)`, 'g');
    this.#back = new RegExp(`\\b(${any})-${id}\\b`, 'g');
  }

  /** The first component's. */
  get home(): string {
    return this.of(this.names[0] ?? '');
  }

  get namespaces(): readonly string[] {
    return this.names.map((name) => this.of(name));
  }

  of(name: string): string {
    return `${name}-${this.id}`;
  }

  /** `litellm-db-secret`, or `databases/litellm-db-secret`. */
  secret(name: string): { readonly namespace: string; readonly name: string } {
    const [first = '', second] = name.split('/');
    return second === undefined ? { namespace: this.home, name: first } : { namespace: this.of(first), name: second };
  }

  /** `databases/litellm-db-secret`, in the place of the namespace that it names. */
  reference(text: string): string {
    const [namespace = '', name] = text.split('/');
    return name === undefined ? text : `${this.of(namespace)}/${name}`;
  }

  /** The opposite. */
  nameOf(namespace: string, name: string): string {
    return namespace === this.home ? name : `${this.back(namespace)}/${name}`;
  }

  /** Puts every text of a value in its place. */
  within<T>(value: T): T {
    return JSON.parse(
      JSON.stringify(value, (_, entry: unknown) => (typeof entry === 'string' ? this.text(entry) : entry)),
    ) as T;
  }

  text(text: string): string {
    return text.replace(this.#inText, (_, before: string, name: string) => `${before}${this.of(name)}`);
  }

  /** As the file says it. */
  back(text: string): string {
    return text.replace(this.#back, '$1');
  }
}

/** Where a component of the catalogue says that its consumers are. */
export function consumersOf(entry: { readonly [key: string]: unknown }): readonly { readonly namespace: string }[] {
  const { consumers } = entry;
  return Array.isArray(consumers) ? (consumers as { readonly namespace: string }[]) : [];
}

/** An entry of the catalogue, with the namespaces of this place. */
export function placedEntry<T extends { readonly namespace: string }>(entry: T, place: Place): T {
  const consumers = consumersOf(entry).map((one) => ({ ...one, namespace: place.of(one.namespace) }));
  return { ...entry, namespace: place.of(entry.namespace), ...(consumers.length > 0 && { consumers }) };
}

/** The names that the product would resolve; read here too, since a world may say what the product does not know yet. */
export function componentsOf(world: LoadedWorld, place: Place): readonly PlacedComponent[] {
  return world.catalogue.components.map((entry) => {
    const text = (key: string): string | undefined => (typeof entry[key] === 'string' ? entry[key] : undefined);
    const { name, namespace } = entry;
    const role = text('role') ?? name;
    return {
      name,
      namespace: place.of(namespace),
      cluster: text('cluster') ?? `${name}-postgresql`,
      role,
      database: text('database') ?? role,
      secret: text('secret') ?? `${name}-db-secret`,
      otherSecrets: [],
      notSecrets: [],
      secretOwners: {},
      discover: true,
      strategy: text('strategy') === 'alternating' ? 'alternating' : 'in-place',
      alternating: defaultAlternating({ name, role }),
    };
  });
}
