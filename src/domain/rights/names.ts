import { adoptionNames, roleSecrets } from '../adopt/names.ts';
import { readWriteService, type Component, type ConsumerRef } from '../component.ts';
import { stagingSecretName } from '../marks.ts';
import type { ObjectRef } from '../source.ts';
import type { RightsOptions } from './options.ts';

/** What the catalogue and the options name in one namespace. The chart's `_names.tpl` gathers the same. */
export interface NamespaceNames {
  readonly namespace: string;
  /** Names of components whose own namespace this is. */
  readonly components: readonly string[];
  /** Whether the namespace is a component's own or one of its consumers. Otherwise only Flux's objects are here. */
  readonly isOfCatalogue: boolean;
  /** Whether a component searches the namespace's Secrets. */
  readonly discovers: boolean;
  readonly deletesPods: boolean;
  /** Secrets that a rotation writes. */
  readonly changed: readonly string[];
  /** Secrets that a rotation only reads: certificate authorities, copies, and Secrets that Flux writes. */
  readonly read: readonly string[];
  /** The login roles' own Secrets. */
  readonly loginSecrets: readonly string[];
  readonly staging: readonly string[];
  readonly clusters: readonly string[];
  readonly services: readonly string[];
  readonly databaseRoles: readonly string[];
  /** Empty: all workloads of the namespace. */
  readonly workloads: readonly ConsumerRef[];
  readonly kustomizations: readonly string[];
  readonly gitRepositories: readonly string[];
  readonly configMaps: readonly string[];
  readonly adoption: {
    readonly secrets: readonly string[];
    readonly ownerObjects: readonly string[];
    readonly loginObjects: readonly string[];
  };
}

/** By namespace: the components' own first, then their consumers', then Flux's, each in the order of the catalogue. */
export function namesByNamespace(components: readonly Component[], options: RightsOptions): readonly NamespaceNames[] {
  const flux = options.gitops ? components.flatMap(fluxNamespaces) : [];
  const namespaces = [
    ...components.map(({ namespace }) => namespace),
    ...components.flatMap(({ consumers = [] }) => consumers.map(({ namespace }) => namespace)),
    ...flux,
    ...options.more.configMaps.map(({ namespace }) => namespace),
  ];
  return unique(namespaces).map((namespace) => namesIn(namespace, components, options));
}

function namesIn(namespace: string, all: readonly Component[], options: RightsOptions): NamespaceNames {
  const own = all.filter((one) => one.namespace === namespace);
  const consumers = all.flatMap((component) =>
    (component.consumers ?? [])
      .filter((one) => one.namespace === namespace)
      .map((consumer) => ({ component, consumer })),
  );
  const concerned = [...own, ...consumers.map(({ component }) => component)];
  const live = [
    ...own.map((component) => ({ component, names: [component.secret, ...component.otherSecrets.map(nameOf)] })),
    ...consumers.map(({ component, consumer }) => ({ component, names: consumer.secrets.map(nameOf) })),
  ];
  const shared = options.gitops ? all.flatMap(sharedFilesOf).filter(isIn(namespace)) : [];
  const changed = unique([
    ...live.flatMap(({ component, names }) => (component.gitops === undefined ? names : [])),
    ...shared.filter(({ isVariables }) => isVariables).map(nameOf),
  ]);
  const read = unique([
    ...own.map(({ cluster }) => `${cluster}-ca`),
    ...live.flatMap(({ component, names }) => (component.gitops === undefined ? [] : names)),
    ...consumers.flatMap(({ consumer }) => consumer.copies),
    ...(options.gitops ? all.flatMap(credentialsOf).filter(isIn(namespace)).map(nameOf) : []),
    ...shared.map(nameOf),
    ...options.more.secrets.filter(isIn(namespace)).map(nameOf),
  ]).filter((name) => !changed.includes(name));
  const flux = options.gitops ? all.flatMap(({ gitops }) => (gitops === undefined ? [] : [gitops.flux])) : [];
  const takingTurns = own.filter(({ strategy }) => options.alternating || strategy === 'alternating');
  return {
    namespace,
    components: own.map(nameOf),
    isOfCatalogue: concerned.length > 0,
    discovers: concerned.some(({ discover }) => discover),
    deletesPods: options.deletePods || concerned.some(({ restartPods = [] }) => restartPods.some(isIn(namespace))),
    changed,
    read,
    loginSecrets: takingTurns.flatMap(loginSecretsOf),
    staging: own.map(stagingSecretName),
    clusters: unique(own.map(({ cluster }) => cluster)),
    services: unique(own.map(readWriteService)),
    databaseRoles: unique([
      ...(options.databaseRoles ? own.flatMap((one) => [ownerObject(one), ...loginSecretsOf(one)]) : []),
      ...options.more.databaseRoles.filter(isIn(namespace)).map(nameOf),
    ]),
    workloads: options.more.workloads.filter(isIn(namespace)),
    kustomizations: unique(
      flux
        .flatMap((one) => one.kustomization ?? [])
        .filter(isIn(namespace))
        .map(nameOf),
    ),
    gitRepositories: unique(
      flux
        .flatMap((one) => one.gitRepository ?? [])
        .filter(isIn(namespace))
        .map(nameOf),
    ),
    configMaps: unique(options.more.configMaps.filter(isIn(namespace)).map(nameOf)),
    adoption: {
      secrets: own.flatMap((one) => roleSecrets(adoptionNames(one)).map(({ secret }) => secret)),
      ownerObjects: options.databaseRoles ? own.map(ownerObject) : [],
      loginObjects: options.databaseRoles ? own.flatMap(loginSecretsOf) : [],
    },
  };
}

/** What a rotation through Git would need to be named in the catalogue, so that a Role can name it. */
export function unnamedInGit(components: readonly Component[]): readonly string[] {
  return components.flatMap(({ name, gitops }) => {
    if (gitops === undefined) return [];
    const { kustomization, gitRepository } = gitops.flux;
    return [
      ...(kustomization === undefined ? [`${name}: source.flux.kustomization`] : []),
      ...(gitRepository === undefined ? [`${name}: source.flux.gitRepository`] : []),
    ];
  });
}

function fluxNamespaces(component: Component): readonly string[] {
  const { kustomization, gitRepository } = component.gitops?.flux ?? {};
  return [kustomization, gitRepository, ...credentialsOf(component), ...sharedFilesOf(component)].flatMap((ref) =>
    ref === undefined ? [] : [ref.namespace],
  );
}

function credentialsOf({ gitops }: Component): readonly ObjectRef[] {
  return gitops?.credentials?.kind === 'secret' ? [gitops.credentials] : [];
}

/** The Secrets that `localFiles` names. The variables' file changes with the password. */
function sharedFilesOf({ gitops }: Component): readonly (ObjectRef & { readonly isVariables: boolean })[] {
  return Object.entries(gitops?.localFiles ?? {}).flatMap(([path, file]) =>
    typeof file === 'string' ? [] : [{ ...file, isVariables: path === gitops?.variable?.file }],
  );
}

function loginSecretsOf({ alternating }: Component): readonly string[] {
  return alternating.logins.map(({ secret }) => secret);
}

function ownerObject({ name }: Component): string {
  return `${name}-role`;
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

function isIn(namespace: string): (ref: { readonly namespace: string }) => boolean {
  return (ref) => ref.namespace === namespace;
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
