import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FluxBeside } from '../gitops/flux.ts';
import { GitServer } from '../gitops/git-server.ts';
import { REPOSITORY, SandboxRepository } from '../gitops/repository.ts';
import type { WorldGitOptions } from './git-schema.ts';
import type { Kube } from './kube.ts';
import type { Place } from './place.ts';
import type { KubernetesManifest } from './schema.ts';

const APPLIED_BY = 'kustomize.toolkit.fluxcd.io/name';
const APPLY_SECONDS = 30;
const LOOK_AGAIN_MS = 200;

export interface WorldGitInputs {
  readonly options: WorldGitOptions;
  readonly place: Place;
  readonly folder: string;
  readonly secrets: readonly KubernetesManifest[];
}

/** Where a world's Flux is: beside the world, so that worlds do not meet. */
export function fluxNamespace({ id }: Place): string {
  return `flux-${id}`;
}

/** A world's Secrets in Git, and Flux, which applies them. */
export class WorldGit {
  #flux: FluxBeside | undefined;

  private constructor(
    private readonly of: WorldGitInputs,
    private readonly repository: SandboxRepository,
    private readonly server: GitServer,
    private readonly fingerprints: readonly string[],
  ) {}

  /** The repository and its server. */
  static async open(of: WorldGitInputs): Promise<WorldGit> {
    const folder = path.join(of.folder, 'git');
    for (const one of [folder, path.join(of.folder, 'worker')]) mkdirSync(one, { recursive: true, mode: 0o700 });
    const repository = await SandboxRepository.open(folder, false);
    const { fingerprints, home } = makeKeys(folder, of.options.pgpKeys);
    const server = await GitServer.start({ root: folder });
    const git = new WorldGit(of, repository, server, fingerprints);
    try {
      await git.#fill(home);
    } finally {
      // Its agent would outlive the world.
      if (fingerprints.length > 0) execFileSync('gpgconf', ['--homedir', home, '--kill', 'all']);
    }
    return git;
  }

  async #fill(gnupgHome: string): Promise<void> {
    const { options, folder, place, secrets } = this.of;
    for (const [name, text] of Object.entries(options.workerFiles))
      writeFileSync(path.join(folder, 'worker', name), text, { mode: 0o600 });
    const files = Object.entries(options.files).map(([file, text]) => [file, this.#inserted(text)] as const);
    // The rule comes first: the others are encrypted by it.
    for (const [file, text] of files.filter(([file]) => !isEncrypted(file))) await this.repository.write(file, text);
    for (const [file, text] of files.filter(([file]) => isEncrypted(file)))
      await this.repository.writeEncrypted(file, text, gnupgHome);
    if (!files.some(([file]) => isEncrypted(file))) {
      const own = secrets.filter(({ metadata }) => metadata.namespace === place.home);
      // JSON is YAML.
      const texts = own.map(({ metadata, ...secret }) =>
        JSON.stringify({ ...secret, metadata: { ...metadata, namespace: undefined } }),
      );
      await this.repository.writeEncrypted('kubernetes/secrets.sops.yaml', texts.join('\n---\n'), gnupgHome);
    }
    for (const [file, to] of Object.entries(options.links))
      await this.repository.link(file, to.replaceAll('{{worker}}', path.join(folder, 'worker')));
    await this.repository.commit('What the cluster holds');
  }

  #inserted(text: string): string {
    return text
      .replaceAll('{{age}}', this.repository.recipient)
      .replace(/\{\{pgp (\d)\}\}/g, (_, index: string) => this.fingerprints[Number(index) - 1] ?? '');
  }

  /** What the catalogue says under `gitops`, and its entries with the worker's files. */
  inCatalogue<T extends object>(catalogue: T): T {
    const { repository, server, of } = this;
    const worker = path.join(of.folder, 'worker');
    const text = JSON.stringify(catalogue).replaceAll('{{worker}}', worker);
    const own = JSON.parse(text) as T & { readonly gitops?: object };
    return {
      ...own,
      gitops: {
        repository: `${server.address}/${REPOSITORY}`,
        sops: { ageKeyFile: repository.ageKeyFile },
        ...own.gitops,
      },
    };
  }

  /** Starts Flux, and waits until it has applied the Secret. */
  async startFlux(kube: Kube, kubeconfig: string, secret: string, signal: AbortSignal): Promise<void> {
    const { options, place } = this.of;
    const namespace = fluxNamespace(place);
    await kube.createNamespace(namespace);
    for (const [name, data] of Object.entries(options.configMaps))
      await kube.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data });
    this.#flux = await FluxBeside.start({
      kubeconfig,
      repository: this.repository.bare,
      ageKeyFile: this.repository.ageKeyFile,
      place: { namespace, gitRepository: options.gitRepository },
      kustomizations: [{ name: 'litellm', path: './kubernetes', namespace: place.home, spec: options.kustomization }],
    });
    const giveUpAt = Date.now() + APPLY_SECONDS * 1_000;
    const isApplied = async (): Promise<boolean> => {
      const live = (await kube.secrets(place.home)).find(({ metadata }) => metadata?.name === secret);
      return live?.metadata?.labels?.[APPLIED_BY] !== undefined;
    };
    while (!(await isApplied())) {
      if (Date.now() > giveUpAt) throw new Error(`Flux did not apply Secret ${secret}: ${this.#flux.words.trim()}`);
      await sleep(LOOK_AGAIN_MS, undefined, { signal });
    }
  }

  async close(): Promise<void> {
    await this.#flux?.stop([]);
    await this.server.stop();
  }
}

function isEncrypted(file: string): boolean {
  return /\.sops\.\w+$/.test(file) && !file.startsWith('.sops');
}

/** PGP keys in a home of their own, which the worker does not use. */
function makeKeys(folder: string, count: number): { readonly home: string; readonly fingerprints: readonly string[] } {
  const home = path.join(folder, 'gnupg');
  mkdirSync(home, { mode: 0o700 });
  const gpg = (...args: string[]): string =>
    execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const fingerprints = Array.from({ length: count }, (_, index) => {
    const name = `key-${index}@localhost`;
    gpg('--passphrase', '', '--quick-generate-key', name, 'future-default', 'default', 'never');
    return /^fpr:+([0-9A-F]+):/m.exec(gpg('--with-colons', '--list-keys', name))?.[1] ?? '';
  });
  return { home, fingerprints };
}
