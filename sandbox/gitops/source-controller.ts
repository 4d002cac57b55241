import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { CustomObjectsApi, PatchStrategy, setHeaderOptions, type KubeConfig } from '@kubernetes/client-node';

const git = promisify(execFile);
const LOOK_EVERY_MS = 300;
export const REQUESTED_AT = 'reconcile.fluxcd.io/requestedAt';

interface GitRepository {
  readonly metadata: { readonly generation?: number; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly suspend?: boolean; readonly ref: { readonly branch?: string; readonly name?: string } };
  readonly status?: { readonly lastHandledReconcileAt?: string; readonly artifact?: { readonly revision: string } };
}

/**
 * In the place of Flux's source-controller, which cannot be built from its Go module: it serves one GitRepository's
 * branch as an artifact, when it is asked to.
 */
export class SourceController {
  readonly #api: CustomObjectsApi;
  readonly #artifacts = new Map<string, Buffer>();
  readonly #server: Server;
  /** What failed last. */
  problem = '';
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  private constructor(
    config: KubeConfig,
    private readonly where: { readonly namespace: string; readonly name: string },
    /** The bare repository on this machine. */
    private readonly repository: string,
  ) {
    this.#api = config.makeApiClient(CustomObjectsApi);
    this.#server = createServer((request, response) => {
      const artifact = this.#artifacts.get(request.url ?? '');
      response.writeHead(artifact === undefined ? 404 : 200).end(artifact);
    });
  }

  static async start(
    config: KubeConfig,
    where: { readonly namespace: string; readonly name: string },
    repository: string,
  ): Promise<SourceController> {
    const controller = new SourceController(config, where, repository);
    await new Promise<void>((resolve) => {
      controller.#server.listen(0, '127.0.0.1', resolve);
    });
    controller.#again();
    return controller;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #again(): void {
    // What fails now is looked at again, as a controller does.
    void this.#reconcile()
      .catch((error: unknown) => (this.problem = String(error)))
      .finally(() => {
        if (!this.#stopped) this.#timer = setTimeout(() => this.#again(), LOOK_EVERY_MS);
      });
  }

  async #reconcile(): Promise<void> {
    const object = (await this.#api.getNamespacedCustomObject(this.#where())) as GitRepository;
    const requested = object.metadata.annotations?.[REQUESTED_AT];
    const isNew = object.status?.artifact === undefined || requested !== object.status.lastHandledReconcileAt;
    if (object.spec.suspend === true || !isNew) return;
    const { branch = 'master', name } = object.spec.ref;
    const commit = (await this.#git('rev-parse', name ?? `refs/heads/${branch}`)).toString('latin1').trim();
    const archive = await this.#git('archive', '--format=tar.gz', commit);
    const path = `/${commit}.tar.gz`;
    this.#artifacts.set(path, archive);
    const now = new Date().toISOString();
    const { port } = this.#server.address() as AddressInfo;
    const body = {
      status: {
        observedGeneration: object.metadata.generation,
        lastHandledReconcileAt: requested,
        artifact: {
          path: path.slice(1),
          url: `http://127.0.0.1:${port}${path}`,
          revision: `${name ?? branch}@sha1:${commit}`,
          digest: `sha256:${createHash('sha256').update(archive).digest('hex')}`,
          lastUpdateTime: now,
          size: archive.length,
        },
        conditions: [
          { type: 'Ready', status: 'True', reason: 'Succeeded', message: 'stored artifact', lastTransitionTime: now },
        ],
      },
    };
    await this.#api.patchNamespacedCustomObjectStatus(
      { ...this.#where(), body },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
  }

  async #git(...args: string[]): Promise<Buffer> {
    const options = { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 } as const;
    return (await git('git', ['-C', this.repository, ...args], options)).stdout;
  }

  #where() {
    const resource = { group: 'source.toolkit.fluxcd.io', version: 'v1', plural: 'gitrepositories' } as const;
    return { ...resource, ...this.where };
  }
}
