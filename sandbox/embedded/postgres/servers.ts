import type { Pair } from '../../common/certificates.ts';
import type { Folder } from '../folder.ts';
import { findBinaries, type Binaries } from './binaries.ts';
import { createTemplate, PostgresServer } from './server.ts';
import { fetchPostgres, PACKAGED_POSTGRES, versionOfImage } from './versions.ts';

/** What a Cluster's server is made of. */
export interface ServerSpec {
  readonly name: string;
  /** The Cluster's `imageName`: its tag chooses the version. */
  readonly image: string;
  readonly certificate: Pair;
  /** The Cluster's own lines of pg_hba.conf. */
  readonly hba: readonly string[];
}

interface Prepared {
  readonly binaries: Binaries;
  readonly template: string;
}

/** Makes the servers of one sandbox, each of the version that its Cluster's image names. */
export class PostgresServers {
  readonly #prepared = new Map<string, Promise<Prepared>>();

  constructor(
    private readonly folder: Folder,
    private readonly signal: AbortSignal,
  ) {}

  /** Prepares a version; most sandboxes have one. */
  prepare(version = PACKAGED_POSTGRES): Promise<Prepared> {
    const known = this.#prepared.get(version) ?? this.#prepare(version);
    this.#prepared.set(version, known);
    known.catch(() => undefined);
    return known;
  }

  async create({ image, ...server }: ServerSpec): Promise<PostgresServer> {
    const { binaries, template } = await this.prepare(versionOfImage(image));
    return PostgresServer.create(binaries, this.folder, { ...server, template });
  }

  async #prepare(version: string): Promise<Prepared> {
    const native = version === PACKAGED_POSTGRES ? undefined : await fetchPostgres(version, this.signal);
    const binaries = findBinaries(this.folder, native === undefined ? undefined : { version, native });
    return { binaries, template: await createTemplate(binaries, this.folder, version) };
  }
}
