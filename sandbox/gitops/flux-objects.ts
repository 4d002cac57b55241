/** Where the sandboxes keep Flux's objects, and what the one GitRepository is called: as `flux bootstrap` does. */
export const FLUX_NAMESPACE = 'flux-system';
export const GIT_REPOSITORY = 'flux-system';
/** Kinds of sources that kustomize-controller watches. */
export const SOURCES = {
  GitRepository: 'gitrepositories',
  OCIRepository: 'ocirepositories',
  Bucket: 'buckets',
} as const;

export interface KustomizationOptions {
  readonly name: string;
  /** In the repository. */
  readonly path: string;
  /** Where its objects go. */
  readonly namespace: string;
  /** What its spec has besides. */
  readonly spec?: object;
}

/** How the objects of Flux differ from those of `flux bootstrap`. */
export interface FluxPlace {
  readonly namespace: string;
  /** What the GitRepository's spec has besides. */
  readonly gitRepository?: object;
}

export const BOOTSTRAPPED: FluxPlace = { namespace: FLUX_NAMESPACE };

/** The namespace, the key, one GitRepository, and the Kustomizations that apply its folders. */
export function fluxObjects(
  kustomizations: readonly KustomizationOptions[],
  ageKey: string,
  { namespace: own, gitRepository }: FluxPlace = BOOTSTRAPPED,
): readonly object[] {
  const metadata = (name: string) => ({ namespace: own, name });
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: own } },
    keySecret(ageKey, own),
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: metadata(GIT_REPOSITORY),
      spec: { interval: '1h', url: 'http://127.0.0.1/home.git', ref: { branch: 'main' }, ...gitRepository },
    },
    ...kustomizations.map(({ name, path, namespace, spec }) => ({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: metadata(name),
      spec: {
        interval: '1h',
        path,
        prune: false,
        targetNamespace: namespace,
        sourceRef: { kind: 'GitRepository', name: GIT_REPOSITORY },
        decryption: { provider: 'sops', secretRef: { name: 'sops-age' } },
        ...spec,
      },
    })),
  ];
}

/** What Flux decrypts with. */
export function keySecret(ageKey: string, namespace = FLUX_NAMESPACE): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name: 'sops-age' },
    stringData: { 'age.agekey': ageKey },
  };
}

/** The definition of a source, of which only the name and the status matter here. */
export function sourceDefinition([kind, plural]: [string, string]): object {
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.source.toolkit.fluxcd.io` },
    spec: {
      group: 'source.toolkit.fluxcd.io',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: anything, status: anything } } },
        },
      ],
    },
  };
}
