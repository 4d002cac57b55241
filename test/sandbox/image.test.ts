import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import tar from 'tar-stream';
import { writeImage, type Image } from '../../sandbox/real/image-archive.ts';

interface Entry {
  readonly header: tar.Header;
  readonly content: Buffer;
}

async function entriesOf(archive: Buffer): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  const extract = tar.extract();
  Readable.from([archive]).pipe(extract);
  for await (const entry of extract) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    entries.set(entry.header.name, { header: entry.header, content: Buffer.concat(chunks) });
  }
  return entries;
}

describe('an image', () => {
  let folder: string;
  let image: Image;
  let archive: string;
  let outer: Map<string, Entry>;
  let layer: Map<string, Entry>;

  const layerBytes = () => outer.get('layer.tar')?.content ?? Buffer.alloc(0);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sandbox-image-'));
    const root = join(folder, 'root');
    mkdirSync(join(root, 'etc'), { recursive: true, mode: 0o755 });
    writeFileSync(join(root, 'etc', 'passwd'), 'postgres', { mode: 0o640 });
    symlinkSync('etc/passwd', join(root, 'link'));
    writeFileSync(join(folder, 'program'), 'bytes', { mode: 0o600 });
    archive = join(folder, 'image.tar');
    image = {
      name: 'localhost/thing:1',
      contents: [
        { source: root, target: '/' },
        { source: join(folder, 'program'), target: '/program', mode: 0o755 },
      ],
      config: { User: '26', Entrypoint: ['/program'] },
      users: new Map([[process.getuid?.() ?? 0, 26]]),
      groups: new Map([[process.getgid?.() ?? 0, 27]]),
    };
    await writeImage(image, archive);
    outer = await entriesOf(readFileSync(archive));
    layer = await entriesOf(layerBytes());
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is the same to the byte from the same contents, whenever they were written', async () => {
    utimesSync(join(folder, 'program'), 1, 1);
    const again = join(folder, 'again.tar');
    await writeImage(image, again);
    expect(readFileSync(again)).toEqual(readFileSync(archive));
    // Written in the same second, two archives are the same by chance.
    for (const { header } of [...outer.values(), ...layer.values()]) expect(header.mtime).toEqual(new Date(0));
  });

  it('leaves nothing beside its archive when its contents cannot be read', async () => {
    const broken = { ...image, contents: [{ source: join(folder, 'nothing'), target: '/' }] };
    await expect(writeImage(broken, join(folder, 'broken.tar'))).rejects.toThrow('nothing');
    expect(readdirSync(folder).filter((name) => name.startsWith('broken'))).toEqual([]);
  });

  it('leaves nothing beside its archive when that cannot be put in place', async () => {
    mkdirSync(join(folder, 'taken.tar', 'by-a-folder'), { recursive: true });
    await expect(writeImage(image, join(folder, 'taken.tar'))).rejects.toThrow('rename');
    expect(readdirSync(folder).filter((name) => name.startsWith('taken'))).toEqual(['taken.tar']);
  });
});
