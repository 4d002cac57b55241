import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApiextensionsV1Api,
  ApisApi,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  type KubernetesObject,
} from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { SANDBOX_MANAGER, serverSideApply } from '../common/server-side-apply.ts';
import { Api } from '../common/api.ts';
import type { KubernetesObject as Manifest } from '../common/kubernetes-object.ts';
import { build } from '../common/go-build.ts';
import { kustomizeController } from './builds.ts';
import { SandboxError } from '../common/errors.ts';
import {
  BOOTSTRAPPED,
  GIT_REPOSITORY,
  fluxObjects,
  keySecret,
  SOURCES,
  sourceDefinition,
  type FluxPlace,
  type KustomizationOptions,
} from './flux-objects.ts';
import { REQUESTED_AT, SourceController } from './source-controller.ts';

export { FLUX_NAMESPACE, GIT_REPOSITORY } from './flux-objects.ts';

export interface FluxOptions {
  readonly kubeconfig: string;
  /** The bare repository on this machine. */
  readonly repository: string;
  readonly ageKeyFile: string;
  readonly kustomizations: readonly KustomizationOptions[];
  /** Default: as `flux bootstrap` makes it. */
  readonly place?: FluxPlace;
}

interface FluxObject {
  readonly status?: Readonly<Record<string, unknown>>;
}

const LOOK_AGAIN_MS = 200;
const TIMEOUT_MS = 60_000;
const KUSTOMIZATIONS = { group: 'kustomize.toolkit.fluxcd.io', version: 'v1', plural: 'kustomizations' } as const;
const GIT_REPOSITORIES = { group: 'source.toolkit.fluxcd.io', version: 'v1', plural: 'gitrepositories' } as const;

/**
 * Flux's real kustomize-controller beside a cluster, with a source-controller's stand-in. It is only there while it is
 * needed. The embedded sandbox has Flux's kinds and a kustomize-controller of its own.
 */
export class FluxBeside {
  #output = '';
  readonly #objects: KubernetesObjectApi;
  readonly #custom: CustomObjectsApi;
  #controller: ChildProcess | undefined;
  #sources: SourceController | undefined;

  private constructor(
    private readonly config: KubeConfig,
    private readonly options: FluxOptions,
  ) {
    this.#objects = KubernetesObjectApi.makeApiClient(config);
    this.#custom = config.makeApiClient(CustomObjectsApi);
  }

  static async start(options: FluxOptions): Promise<FluxBeside> {
    const config = new KubeConfig();
    config.loadFromFile(options.kubeconfig);
    const flux = new FluxBeside(config, options);
    const isBuiltIn = await servesFlux(config);
    const program = kustomizeController();
    if (!isBuiltIn) {
      await build(program, AbortSignal.timeout(20 * 60_000), () => undefined);
      await flux.#define(program.crd);
    }
    for (const object of fluxObjects(options.kustomizations, readFileSync(options.ageKeyFile, 'utf8'), options.place))
      await flux.#apply(object);
    flux.#sources = await SourceController.start(
      config,
      { namespace: flux.#namespace, name: GIT_REPOSITORY },
      options.repository,
    );
    if (!isBuiltIn) flux.#startController(program.binary);
    return flux;
  }

  get #namespace(): string {
    return (this.options.place ?? BOOTSTRAPPED).namespace;
  }

  #startController(binary: string): void {
    const controller = spawn(
      binary,
      ['--metrics-addr=0', '--health-addr=127.0.0.1:0', '--enable-leader-election=false', '--log-level=info'],
      {
        env: { PATH: process.env['PATH'], KUBECONFIG: this.options.kubeconfig, RUNTIME_NAMESPACE: this.#namespace },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [controller.stdout, controller.stderr])
      stream.on('data', (chunk: Buffer) => (this.#output += chunk.toString('utf8')));
    this.#controller = controller;
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
      metadata: { namespace: this.#namespace, name },
      ...body,
    });
  }

  /** Gives Flux another key to decrypt with. */
  async useKey(ageKeyFile: string): Promise<void> {
    await this.#apply(keySecret(readFileSync(ageKeyFile, 'utf8'), this.#namespace));
  }

  async kustomization(name: string): Promise<FluxObject> {
    const where = { ...KUSTOMIZATIONS, namespace: this.#namespace, name };
    return (await this.#custom.getNamespacedCustomObject(where)) as object;
  }

  async #gitRepository(): Promise<FluxObject> {
    const where = { ...GIT_REPOSITORIES, namespace: this.#namespace, name: GIT_REPOSITORY };
    return (await this.#custom.getNamespacedCustomObject(where)) as object;
  }

  /** Asks Flux to fetch the branch and to apply these once more, and waits until it has. */
  async reconcile(names: readonly string[], signal?: AbortSignal): Promise<void> {
    const token = new Date().toISOString();
    const metadata = (name: string) => ({ namespace: this.#namespace, name, annotations: { [REQUESTED_AT]: token } });
    const isHandled = ({ status }: FluxObject): boolean => status?.['lastHandledReconcileAt'] === token;
    await this.#patch({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: metadata(GIT_REPOSITORY),
    });
    await this.until('fetch the branch', async () => isHandled(await this.#gitRepository()), signal);
    for (const name of names) await this.patchKustomization(name, { metadata: metadata(name) });
    for (const name of names)
      await this.until(`apply ${name} once more`, async () => isHandled(await this.kustomization(name)), signal);
  }

  /**
   * Looks until Flux has done something.
   * @param what as in "Flux did not …".
   * @throws SandboxError with Flux's own words, when it has not within a minute; the signal's reason.
   */
  async until(what: string, look: () => Promise<boolean>, signal?: AbortSignal): Promise<void> {
    const giveUpAt = Date.now() + TIMEOUT_MS;
    while (!(await look())) {
      if (Date.now() > giveUpAt) throw new SandboxError(`Flux did not ${what}. ${this.words.trim()}`);
      await sleep(LOOK_AGAIN_MS, undefined, { signal });
    }
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
    for (const { name } of this.options.kustomizations) {
      await this.patchKustomization(name, { metadata: { namespace: this.#namespace, name, finalizers: null } });
      await this.#custom.deleteNamespacedCustomObject({ ...KUSTOMIZATIONS, namespace: this.#namespace, name });
    }
    await this.#custom.deleteNamespacedCustomObject({
      ...GIT_REPOSITORIES,
      namespace: this.#namespace,
      name: GIT_REPOSITORY,
    });
    if (controller !== undefined) await this.#undefine();
    for (const { namespace, name } of secrets) {
      const labels = { 'kustomize.toolkit.fluxcd.io/name': null, 'kustomize.toolkit.fluxcd.io/namespace': null };
      const bare = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name, labels } };
      await this.#patch(bare as unknown as KubernetesObject);
    }
    await this.config.makeApiClient(CoreV1Api).deleteNamespace({ name: this.#namespace });
  }

  async #define(crd: string): Promise<void> {
    const documents = parseAllDocuments(readFileSync(crd, 'utf8')).map((document) => document.toJS() as object);
    // By the sandbox's own client: a typed one drops what it does not know of a definition.
    const api = new Api(this.options.kubeconfig);
    await api.applyAll([...documents, ...Object.entries(SOURCES).map(sourceDefinition)] as Manifest[]);
    api.close();
    const crds = this.config.makeApiClient(ApiextensionsV1Api);
    await this.until('get its kinds', async () => {
      const { items } = await crds.listCustomResourceDefinition();
      const established = items.filter(
        ({ spec, status }) =>
          spec.group.endsWith('.toolkit.fluxcd.io') &&
          status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True'),
      );
      return established.length >= 4;
    });
  }

  async #undefine(): Promise<void> {
    const crds = this.config.makeApiClient(ApiextensionsV1Api);
    const sources = Object.values(SOURCES).map((plural) => `${plural}.source.toolkit.fluxcd.io`);
    for (const name of ['kustomizations.kustomize.toolkit.fluxcd.io', ...sources])
      await crds.deleteCustomResourceDefinition({ name });
  }

  #apply(object: KubernetesObject): Promise<unknown> {
    return serverSideApply(this.#objects, object);
  }

  #patch(object: KubernetesObject): Promise<unknown> {
    return this.#objects.patch(object, undefined, undefined, SANDBOX_MANAGER, undefined, PatchStrategy.MergePatch);
  }
}

/** Whether the cluster is the embedded sandbox, which knows no CustomResourceDefinitions and needs none. */
async function servesFlux(config: KubeConfig): Promise<boolean> {
  const { groups } = await config.makeApiClient(ApisApi).getAPIVersions();
  return !groups.some(({ name }) => name === 'apiextensions.k8s.io');
}
