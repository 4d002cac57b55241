import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CoreV1Api, KubeConfig, type V1Secret } from '@kubernetes/client-node';
import type { Component } from '../common/components.ts';
import { FluxBeside } from './flux.ts';
import { GitServer } from './git-server.ts';
import { REPOSITORY, SandboxRepository } from './repository.ts';

const USERNAME = 'rotator';
const APPLIED_BY = 'kustomize.toolkit.fluxcd.io/name';

export interface GitOpsOptions {
  readonly kubeconfig: string;
  /** For the repository, its key and its password; what is there already is gone on with. */
  readonly folder: string;
  readonly components: readonly Component[];
  readonly port?: number;
  readonly signal?: AbortSignal;
}

/** A cluster's components under Flux: a Git server, a repository with their Secrets encrypted by SOPS, and Flux. */
export class GitOps {
  private constructor(
    private readonly options: GitOpsOptions,
    readonly repository: SandboxRepository,
    readonly server: GitServer,
    readonly flux: FluxBeside,
  ) {}

  /** Puts what the cluster holds into the repository, and waits until Flux has applied it from there. */
  static async start(options: GitOpsOptions): Promise<GitOps> {
    const { kubeconfig, folder, components, port, signal } = options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const isThere = existsSync(passwordFile(folder));
    const password = isThere ? readFileSync(passwordFile(folder), 'utf8') : randomBytes(24).toString('base64url');
    const repository = await SandboxRepository.open(folder, isThere);
    writeFileSync(passwordFile(folder), password, { mode: 0o600 });
    if (isThere) await repository.pull();
    const secrets = secretsOf(kubeconfig);
    for (const component of components) {
      if (isThere && existsSync(path.join(folder, 'desk', manifest(component)))) continue;
      const live = await secrets.readNamespacedSecret({ namespace: component.namespace, name: component.secret });
      await repository.writeEncrypted(manifest(component), asManifest(live));
    }
    await repository.commit('What the cluster holds');
    const server = await GitServer.start({
      root: folder,
      account: { username: USERNAME, password },
      port,
    });
    try {
      const flux = await FluxBeside.start({
        kubeconfig,
        repository: repository.bare,
        ageKeyFile: repository.ageKeyFile,
        kustomizations: components.map((component) => ({
          name: component.name,
          path: `./${path.dirname(manifest(component))}`,
          namespace: component.namespace,
        })),
      });
      const gitops = new GitOps(options, repository, server, flux);
      try {
        await gitops.#applied(signal);
      } catch (error) {
        await gitops.#stopFlux();
        throw error;
      }
      return gitops;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** What goes into the catalogue beside the components, and what each component's source is. */
  get catalogue(): { readonly gitops: object; readonly source: object } {
    return {
      gitops: {
        repository: `${this.server.address}/${REPOSITORY}`,
        credentials: { username: USERNAME, passwordFile: passwordFile(this.options.folder) },
        sops: { ageKeyFile: this.repository.ageKeyFile },
      },
      source: { kind: 'gitops' },
    };
  }

  /** Flux reconciles all of it once more, and has ended. */
  reconcile(signal?: AbortSignal): Promise<void> {
    const names = this.options.components.map(({ name }) => name);
    return this.flux.reconcile(names, signal);
  }

  /** Ends it; the Secrets stay as they are, and are Flux's no more. */
  async stop(): Promise<void> {
    await this.#stopFlux();
    await this.server.stop();
  }

  #stopFlux(): Promise<void> {
    return this.flux.stop(this.options.components.map(({ namespace, secret: name }) => ({ namespace, name })));
  }

  async #applied(signal: AbortSignal | undefined): Promise<void> {
    const secrets = secretsOf(this.options.kubeconfig);
    for (const { namespace, secret: name } of this.options.components) {
      const isApplied = async (): Promise<boolean> => {
        const { metadata } = await secrets.readNamespacedSecret({ namespace, name });
        return metadata?.labels?.[APPLIED_BY] !== undefined;
      };
      await this.flux.until(`apply Secret ${namespace}/${name} from Git`, isApplied, signal);
    }
  }
}

function passwordFile(folder: string): string {
  return path.join(folder, 'git-password');
}

/** As a repository of the cluster-template family has it. */
export function manifest({ namespace, name }: Component): string {
  return `kubernetes/apps/${namespace}/${name}/app/secret.sops.yaml`;
}

function secretsOf(kubeconfig: string): CoreV1Api {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return config.makeApiClient(CoreV1Api);
}

/** The Secret as somebody would have written it; JSON is YAML. */
export function asManifest({ metadata, type, data = {} }: V1Secret): string {
  const stringData = Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
  const labels = Object.fromEntries(
    Object.entries(metadata?.labels ?? {}).filter(([key]) => !key.startsWith('kustomize.toolkit.')),
  );
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: metadata?.name, labels },
    type,
    stringData,
  });
}
