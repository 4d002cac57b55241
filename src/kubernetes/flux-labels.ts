const FLUX = 'kustomize.toolkit.fluxcd.io';
/** The label's or annotation's values that make Flux leave an existing object alone. */
const LEFT_ALONE: ReadonlySet<string> = new Set(['Ignore', 'IfNotPresent']);

/** The Flux Kustomization that writes an object, as `namespace/name`; undefined when none does or when it must not. */
export function fluxKustomization({
  labels,
  annotations,
}: {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}): string | undefined {
  const name = labels[`${FLUX}/name`];
  if (name === undefined) return undefined;
  const said = (key: string): string | undefined => annotations[`${FLUX}/${key}`] ?? labels[`${FLUX}/${key}`];
  if (said('reconcile') === 'disabled' || LEFT_ALONE.has(said('ssa') ?? '')) return undefined;
  return `${labels[`${FLUX}/namespace`] ?? 'flux-system'}/${name}`;
}
