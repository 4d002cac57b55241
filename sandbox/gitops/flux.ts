import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import {
  ApiextensionsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  type KubernetesObject,
} from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { Api, type KubernetesObject as Manifest } from '../real/api.ts';
import { build, kustomizeController } from '../real/builds.ts';
import { SourceController } from './source-controller.ts';

export const FLUX_NAMESPACE = 'flux-system';
export const GIT_REPOSITORY = 'flux-system';
/** Kinds of sources that kustomize-controller watches. */
const SOURCES = { GitRepository: 'gitrepositories', OCIRepository: 'ocirepositories', Bucket: 'buckets' } as const;

export interface FluxOptions {
  readonly kubeconfig: string;
  /** The bare repository on this machine. */
  readonly repository: string;
  readonly ageKeyFile: string;
  readonly kustomizations: readonly { readonly name: string; readonly path: string; readonly namespace: string }[];
}

/** Flux's real kustomize-controller beside a cluster, with a source-controller's stand-in. It is only there while it is needed. */
export class FluxBeside {
  #output = '';
  readonly #objects: KubernetesObjectApi;
  readonly #custom: CustomObjectsApi;
  readonly #api: Api;
  #controller: ChildProcess | undefined;
  #sources: SourceController | undefined;

  private constructor(
    private readonly config: KubeConfig,
    private readonly options: FluxOptions,
  ) {
    this.#objects = KubernetesObjectApi.makeApiClient(config);
    this.#custom = config.makeApiClient(CustomObjectsApi);
    this.#api = new Api(options.kubeconfig);
  }

  static async start(options: FluxOptions): Promise<FluxBeside> {
    const program = kustomizeController();
    await build(program, AbortSignal.timeout(20 * 60_000), () => undefined);
    const config = new KubeConfig();
    config.loadFromFile(options.kubeconfig);
    const flux = new FluxBeside(config, options);
    await flux.#define(program.crd);
    await flux.#declare();
    flux.#sources = await SourceController.start(config, GIT_REPOSITORY, options.repository);
    flux.#controller = spawn(
      program.binary,
      ['--metrics-addr=0', '--health-addr=127.0.0.1:0', '--enable-leader-election=false', '--log-level=info'],
      {
        env: { PATH: process.env['PATH'], KUBECONFIG: options.kubeconfig, RUNTIME_NAMESPACE: FLUX_NAMESPACE },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [flux.#controller.stdout, flux.#controller.stderr])
      stream?.on('data', (chunk: Buffer) => (flux.#output += chunk.toString('utf8')));
    return flux;
  }

  /** What both have to say, for a test that waits in vain. */
  get words(): string {
    return `${this.#sources?.problem ?? ''}\n${this.#output}`;
  }

  /** Changes a Kustomization, as somebody with kubectl would. */
  async patchKustomization(name: string, body: object): Promise<void> {
    await this.#patch({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { namespace: FLUX_NAMESPACE, name },
      ...body,
    });
  }

  /** Gives Flux another key to decrypt with. */
  async useKey(ageKeyFile: string): Promise<void> {
    await this.#apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: FLUX_NAMESPACE, name: 'sops-age' },
      stringData: { 'age.agekey': readFileSync(ageKeyFile, 'utf8') },
    });
  }

  async kustomization(name: string): Promise<{ readonly status?: Readonly<Record<string, unknown>> }> {
    const where = { group: 'kustomize.toolkit.fluxcd.io', version: 'v1', plural: 'kustomizations' };
    return (await this.#custom.getNamespacedCustomObject({ ...where, namespace: FLUX_NAMESPACE, name })) as object;
  }

  /** Ends it and removes all that it brought; what it applied stays, without its labels. */
  async stop(secrets: readonly { readonly namespace: string; readonly name: string }[]): Promise<void> {
    const controller = this.#controller;
    if (controller !== undefined && controller.exitCode === null) {
      const ended = new Promise((resolve) => controller.once('close', resolve));
      controller.kill('SIGTERM');
      await ended;
    }
    this.#sources?.stop();
    for (const { name } of this.options.kustomizations)
      await this.patchKustomization(name, { metadata: { namespace: FLUX_NAMESPACE, name, finalizers: null } });
    const crds = this.config.makeApiClient(ApiextensionsV1Api);
    for (const name of [
      'kustomizations.kustomize.toolkit.fluxcd.io',
      ...Object.values(SOURCES).map((plural) => `${plural}.source.toolkit.fluxcd.io`),
    ])
      await crds.deleteCustomResourceDefinition({ name });
    for (const { namespace, name } of secrets) {
      const labels = { 'kustomize.toolkit.fluxcd.io/name': null, 'kustomize.toolkit.fluxcd.io/namespace': null };
      const bare = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name, labels } };
      await this.#patch(bare as unknown as KubernetesObject);
    }
    await this.config.makeApiClient(CoreV1Api).deleteNamespace({ name: FLUX_NAMESPACE });
  }

  async #define(crd: string): Promise<void> {
    const documents = parseAllDocuments(readFileSync(crd, 'utf8')).map((document) => document.toJS() as object);
    for (const object of [...documents, ...Object.entries(SOURCES).map(sourceDefinition)]) await this.#apply(object);
    const crds = this.config.makeApiClient(ApiextensionsV1Api);
    for (let known = 0; known < 4;) {
      const { items } = await crds.listCustomResourceDefinition();
      known = items.filter(
        ({ spec, status }) =>
          spec.group.endsWith('.toolkit.fluxcd.io') &&
          status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True'),
      ).length;
    }
  }

  async #declare(): Promise<void> {
    const metadata = (name: string) => ({ namespace: FLUX_NAMESPACE, name });
    await this.#apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: FLUX_NAMESPACE } });
    await this.useKey(this.options.ageKeyFile);
    await this.#apply({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: metadata(GIT_REPOSITORY),
      spec: { interval: '1h', url: 'http://127.0.0.1/home.git', ref: { branch: 'main' } },
    });
    for (const { name, path, namespace } of this.options.kustomizations) {
      await this.#apply({
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
        },
      });
    }
  }

  #apply(object: object): Promise<void> {
    return this.#api.apply(object as Manifest);
  }

  #patch(object: KubernetesObject): Promise<unknown> {
    return this.#objects.patch(
      object,
      undefined,
      undefined,
      'cnpg-rotator-sandbox',
      undefined,
      PatchStrategy.MergePatch,
    );
  }
}

/** The definition of a source, of which only the name and the status matter here. */
function sourceDefinition([kind, plural]: [string, string]): object {
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
