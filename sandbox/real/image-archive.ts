import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, readdir, readlink, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';

/** What goes into an image: a file or a whole folder, and where it stands in there. */
export interface Content {
  readonly source: string;
  readonly target: string;
  readonly mode?: number;
}

export interface Image {
  readonly name: string;
  readonly contents: readonly Content[];
  readonly config: {
    readonly User?: string;
    readonly Env?: readonly string[];
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly WorkingDir?: string;
  };
  /** User ids to write in place of those on disk. */
  readonly users?: ReadonlyMap<number, number>;
  readonly groups?: ReadonlyMap<number, number>;
}

/** This machine's, in the words of images and of Go. */
export const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;

const EPOCH = new Date(0);

/**
 * Writes an image as a docker-archive of one uncompressed layer, which containerd imports without any registry.
 * Nothing in it depends on the time, so the same contents make the same image.
 */
export async function writeImage(image: Image, file: string): Promise<void> {
  const layer = `${file}.layer`;
  try {
    const pack = tar.pack();
    const writing = pipeline(pack, createWriteStream(layer));
    for (const content of image.contents) await addTree(pack, image, content.source, content.target, content.mode);
    pack.finalize();
    await writing;
    await writeArchive(image, layer, `${file}.making`);
    await rename(`${file}.making`, file);
  } finally {
    await rm(layer, { force: true });
    await rm(`${file}.making`, { force: true });
  }
}

async function writeArchive(image: Image, layer: string, file: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(layer), hash);
  const config = JSON.stringify({
    architecture: ARCHITECTURE,
    os: 'linux',
    config: image.config,
    rootfs: { type: 'layers', diff_ids: [`sha256:${hash.digest('hex')}`] },
  });
  const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
  const manifest = [{ Config: configName, RepoTags: [image.name], Layers: ['layer.tar'] }];
  const pack = tar.pack();
  const writing = pipeline(pack, createWriteStream(file));
  pack.entry({ name: 'manifest.json', mtime: EPOCH }, JSON.stringify(manifest));
  pack.entry({ name: configName, mtime: EPOCH }, config);
  const { size } = await lstat(layer);
  await pipeline(createReadStream(layer), pack.entry({ name: 'layer.tar', size, mtime: EPOCH }));
  pack.finalize();
  await writing;
}

async function addTree(pack: tar.Pack, image: Image, source: string, target: string, mode?: number): Promise<void> {
  const stat = await lstat(source);
  const header = {
    name: target.replace(/^\//, ''),
    mode: mode ?? stat.mode & 0o7777,
    uid: image.users?.get(stat.uid) ?? stat.uid,
    gid: image.groups?.get(stat.gid) ?? stat.gid,
    mtime: EPOCH,
  };
  if (stat.isSymbolicLink()) {
    pack.entry({ ...header, type: 'symlink', linkname: await readlink(source) });
  } else if (stat.isDirectory()) {
    if (header.name !== '') pack.entry({ ...header, type: 'directory' });
    for (const name of (await readdir(source)).sort())
      await addTree(pack, image, join(source, name), join(target, name));
  } else if (stat.isFile()) {
    // Hard links are written as copies: there are few, and the archive stays simple.
    await pipeline(createReadStream(source), pack.entry({ ...header, size: stat.size }));
  }
}
