import { refIn, type Component } from '../component.ts';
import type { SecretWorld } from '../secret-plan/world.ts';
import { textsOf } from '../secrets/secret-data.ts';
import type { ConfigMapTexts, TextSource } from './texts.ts';

/** The texts of Secrets and ConfigMaps by key, under the names of {@link idOf}. */
export type HeldTexts = ReadonlyMap<string, Readonly<Record<string, string>>>;

export function heldTexts(
  { component, secrets }: Pick<SecretWorld, 'component' | 'secrets'>,
  configMaps: readonly ConfigMapTexts[],
): HeldTexts {
  return new Map([
    ...secrets.map(({ name, data }) => [name, textsOf(data)] as const),
    ...configMaps.map(
      ({ namespace, name, texts }) => [idOf(component, namespace, { kind: 'ConfigMap', name }), texts] as const,
    ),
  ]);
}

/** A name as the plan has it, so that its namespace is known. No Secret is called so: these names have spaces. */
export function idOf(component: Component, namespace: string, { kind, name }: TextSource): string {
  return refIn(component, { namespace, name: kind === 'Secret' ? name : `${kind} ${name}` });
}
