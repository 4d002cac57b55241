import { oneLine } from '../text/control-characters.ts';

/** The facts that show who else writes a Secret. */
export interface SecretMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly fieldManagers?: readonly FieldManager[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly controller: boolean;
}

/** One entry of `managedFields`. */
export interface FieldManager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** The keys of the Secret's data that the manager owns. */
  readonly keys: readonly string[];
}

/** Somebody else who writes a Secret. */
export interface SecretOwner {
  /** `ExternalSecret apps/litellm`. */
  readonly name: string;
  readonly kind: OwnerKind;
  /** What to do about it. */
  readonly advice: string;
  /** `namespace/name` of the original, if this Secret is a copy. */
  readonly copyOf?: string;
}

/** How to stop an owner from writing the password, by kind of owner. */
const ADVICE = {
  'External Secrets': ({ secret, namespace, owner }) =>
    `Change the password at the provider that the ExternalSecret reads; or take the Secret from it: ${orphan('externalsecret', namespace, owner)} && kubectl -n ${namespace} label secret ${secret} reconcile.external-secrets.io/managed- reconcile.external-secrets.io/created-by-`,
  'Sealed Secrets': ({ secret, namespace, owner }) =>
    `Seal the new password into the SealedSecret; or take the Secret from it: ${orphan('sealedsecret', namespace, owner)} && kubectl -n ${namespace} annotate secret ${secret} sealedsecrets.bitnami.com/managed-`,
  'SOPS operator': ({ namespace, owner }) =>
    `Change the password in the SopsSecret's manifest; or take the Secret from it: ${orphan('sopssecret', namespace, owner)}`,
  '1Password': () =>
    'Change the password in the item of 1Password; or delete the OnePasswordItem, and make the Secret anew without it.',
  'Vault Secrets Operator': () =>
    'Change the password in Vault, from where the operator copies it; or make the Secret without the operator.',
  Infisical: () => 'Change the password in Infisical; or make the Secret without the InfisicalSecret.',
  Doppler: () => 'Change the password in Doppler; or make the Secret without the DopplerSecret.',
  'Argo CD': ({ secret }) =>
    `Let Argo CD leave the password alone: in the Application ignoreDifferences: [{kind: Secret, name: ${secret}, jsonPointers: [/data]}] and syncOptions: [RespectIgnoreDifferences=true].`,
  Helm: () =>
    "Take the password out of the chart: most charts have a value that names a Secret of your own. Until then each upgrade writes the chart's password.",
  'Flux HelmRelease': () =>
    "Take the password out of the chart: most charts have a value that names a Secret of your own. Until then each upgrade, and each correction of a drift, writes the chart's password.",
  Reflector: () => 'Rotate the Secret that it is a copy of: Reflector brings the new password here.',
  'kubernetes-replicator': () => 'Rotate the Secret that it is a copy of: the replicator brings the new password here.',
  Kyverno: () =>
    'Rotate the Secret that the policy clones, or set synchronize: false in the rule that generates this one.',
  'another controller': () => 'Change the password where the controller takes it from.',
  /** Not an owner who writes by itself: a `kubectl apply --server-side` of a person or a pipeline. */
  'server-side apply': ({ keys }) =>
    `Take ${keys.map((key) => `"${key}"`).join(' and ')} out of the manifest that is applied, or bring the new password there after the rotation.`,
} as const satisfies Record<string, (place: Place) => string>;

export type OwnerKind = keyof typeof ADVICE;

interface Place {
  readonly secret: string;
  readonly namespace: string;
  /** The name of the owning object, if it is known. */
  readonly owner: string;
  readonly keys: readonly string[];
}

/** Owners by the kind of the object that an ownerReference names. */
const BY_REFERENCE: Readonly<Record<string, OwnerKind>> = {
  ExternalSecret: 'External Secrets',
  SealedSecret: 'Sealed Secrets',
  SopsSecret: 'SOPS operator',
  OnePasswordItem: '1Password',
  VaultStaticSecret: 'Vault Secrets Operator',
  VaultDynamicSecret: 'Vault Secrets Operator',
  InfisicalSecret: 'Infisical',
  InfisicalStaticSecret: 'Infisical',
  DopplerSecret: 'Doppler',
};

type Found = Omit<SecretOwner, 'advice'> & { readonly owner?: string; readonly keys?: readonly string[] };
type Mark = (secret: SecretMetadata, marks: Readonly<Record<string, string | undefined>>) => Found | undefined;

/** Owners by the labels and annotations that they leave. */
const MARKS: readonly Mark[] = [
  (_, marks) =>
    given(marks['reconcile.external-secrets.io/managed']) || given(marks['reconcile.external-secrets.io/created-by'])
      ? { kind: 'External Secrets', name: 'an ExternalSecret' }
      : undefined,
  (_, marks) =>
    marks['sealedsecrets.bitnami.com/managed'] === 'true'
      ? { kind: 'Sealed Secrets', name: 'a SealedSecret' }
      : undefined,
  (_, marks) => named('1Password', 'the item of 1Password', marks['operator.1password.io/item-path']),
  (_, marks) =>
    marks['app.kubernetes.io/managed-by'] === 'hashicorp-vso' || given(marks['secrets.hashicorp.com/vso-ownerRefUID'])
      ? { kind: 'Vault Secrets Operator', name: 'the Vault Secrets Operator' }
      : undefined,
  (_, marks) =>
    given(marks['secrets.infisical.com/version']) ? { kind: 'Infisical', name: 'an InfisicalSecret' } : undefined,
  (_, marks) => {
    if (!given(marks['secrets.doppler.com/version']) && !given(marks['dopplerSecretName'])) return undefined;
    return named('Doppler', 'the DopplerSecret', marks['dopplerSecretName'] ?? '');
  },
  (secret, marks) => {
    // Charts copy annotations to other objects, and so does CNPG. Argo CD only heeds an id that names this very object.
    const [app = '', rest = ''] = splitOnce(marks['argocd.argoproj.io/tracking-id'] ?? '');
    if (rest !== `/Secret:${secret.namespace}/${secret.name}`) return undefined;
    return { kind: 'Argo CD', name: `the Argo CD Application ${oneLine(app)}` };
  },
  (_, marks) => {
    const name = marks['helm.toolkit.fluxcd.io/name'];
    const namespace = marks['helm.toolkit.fluxcd.io/namespace'];
    if (name === undefined) return undefined;
    return { kind: 'Flux HelmRelease', name: `the Flux HelmRelease ${oneLine(`${namespace ?? ''}/${name}`)}` };
  },
  (_, marks) =>
    marks['app.kubernetes.io/managed-by'] === 'Helm'
      ? named('Helm', 'the Helm release', marks['meta.helm.sh/release-name'])
      : undefined,
  (_, marks) => copy('Reflector', marks['reflector.v1.k8s.emberstack.com/reflects']),
  (_, marks) =>
    copy(
      'kubernetes-replicator',
      marks['replicator.v1.mittwald.de/replicate-from'] ??
        marks['replicator.v1.mittwald.de/replicated-from'] ??
        (given(marks['replicator.v1.mittwald.de/replicated-from-version']) ? '' : undefined),
    ),
  (_, marks) => named('Kyverno', 'the Kyverno policy', marks['generate.kyverno.io/policy-name']),
];

/** The names of controllers in `managedFields`. */
const CONTROLLERS: readonly (readonly [RegExp, OwnerKind, string])[] = [
  [/^externalsecrets\.external-secrets\.io\/|^external-secrets$/, 'External Secrets', 'an ExternalSecret'],
  [/^(helm|helm-controller)$/i, 'Helm', 'a Helm release'],
];

const ARGO_CD = /^(argocd-controller|argocd-application-controller)$/;

/** Ourselves, our sandbox and tests; Flux's kustomize-controller, whose labels show if it applies the Secret. */
const NO_OWNERS = /^(cnpg-rotator(-.*)?|kustomize-controller)$/;

/**
 * Everybody else who writes the Secret, each once. Of one kind, the first owner has the best description. A person with
 * `kubectl edit` is no owner, and neither is the CNPG Cluster that made the Secret: they do not write the same again.
 * @param passwordKeys the keys of its data that hold the password.
 */
export function ownersOf(secret: SecretMetadata, passwordKeys: readonly string[]): readonly SecretOwner[] {
  const found = [
    ...ofReferences(secret),
    ...(isOfCnpg(secret) ? [] : ofMarks(secret)),
    ...ofFieldManagers(secret, passwordKeys),
  ];
  const kinds = new Set<OwnerKind>();
  return found.flatMap(({ owner = '<name>', keys = [], ...one }) => {
    // Flux's helm-controller works through Helm, and Helm leaves its own marks.
    const known = kinds.has(one.kind) || (one.kind === 'Helm' && kinds.has('Flux HelmRelease'));
    if (known) return [];
    kinds.add(one.kind);
    return [{ ...one, advice: ADVICE[one.kind]({ secret: secret.name, namespace: secret.namespace, owner, keys }) }];
  });
}

/** Whether the owner writes the Secret again without a person. */
export function writesByItself({ kind }: SecretOwner): boolean {
  return kind !== 'server-side apply';
}

/** Whether the owner can bring a commit into the cluster. */
export function bringsCommits({ kind }: SecretOwner): boolean {
  return kind === 'Argo CD' || kind === 'Helm' || kind === 'Flux HelmRelease' || kind === 'server-side apply';
}

function ofReferences({ namespace, ownerReferences = [] }: SecretMetadata): readonly Found[] {
  return ownerReferences.filter(isForeign).flatMap(({ kind, name, controller }) => {
    const known = Object.hasOwn(BY_REFERENCE, kind) ? BY_REFERENCE[kind] : undefined;
    // An owner that only has the Secret deleted together with itself does not write the Secret.
    if (known === undefined && !controller) return [];
    return [{ kind: known ?? 'another controller', name: `${kind} ${namespace}/${name}`, owner: name }];
  });
}

function isForeign({ apiVersion }: OwnerReference): boolean {
  return !apiVersion.startsWith('postgresql.cnpg.io/');
}

function isOfCnpg({ ownerReferences = [] }: SecretMetadata): boolean {
  return ownerReferences.some((reference) => reference.controller && !isForeign(reference));
}

function ofMarks(secret: SecretMetadata): readonly Found[] {
  const marks = { ...secret.labels, ...secret.annotations };
  return MARKS.flatMap((mark) => mark(secret, marks) ?? []);
}

function ofFieldManagers(
  { fieldManagers = [], labels }: SecretMetadata,
  passwordKeys: readonly string[],
): readonly Found[] {
  return fieldManagers.flatMap(({ manager, operation, keys: owned }): readonly Found[] => {
    // Argo CD's label alone is no mark: many charts set the same label.
    if (ARGO_CD.test(manager)) {
      const app = labels['app.kubernetes.io/instance'];
      return [{ kind: 'Argo CD', name: app === undefined ? 'Argo CD' : `the Argo CD Application ${oneLine(app)}` }];
    }
    const keys = owned.filter((key) => passwordKeys.includes(key));
    if (keys.length === 0 || NO_OWNERS.test(manager)) return [];
    const controller = CONTROLLERS.find(([pattern]) => pattern.test(manager));
    if (controller !== undefined) return [{ kind: controller[1], name: controller[2] }];
    if (operation !== 'Apply') return [];
    return [{ kind: 'server-side apply', name: `the field manager "${oneLine(manager)}"`, keys }];
  });
}

function named(kind: OwnerKind, what: string, name: string | undefined): Found | undefined {
  return name === undefined ? undefined : { kind, name: oneLine(`${what} ${name}`) };
}

function copy(kind: OwnerKind, source: string | undefined): Found | undefined {
  if (source === undefined) return undefined;
  const of = source === '' ? 'another Secret' : `Secret ${oneLine(source)}`;
  return { kind, name: `${kind}, as a copy of ${of}`, ...(source !== '' && { copyOf: source }) };
}

function given(mark: string | undefined): boolean {
  return mark !== undefined && mark !== '';
}

function splitOnce(text: string): readonly string[] {
  const at = text.indexOf(':');
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function orphan(resource: string, namespace: string, name: string): string {
  return `kubectl -n ${namespace} delete ${resource} ${name} --cascade=orphan`;
}
