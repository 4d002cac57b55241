import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadCatalogue, type Catalogue } from '../../src/catalogue/catalogue.ts';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'catalogue-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** A catalogue whose component has this hook. */
function load(hook: string, beside = ''): Catalogue {
  const file = path.join(folder, 'components.yaml');
  writeFileSync(file, `${beside}\ncomponents: [{name: a, namespace: n, hook: {${hook}}}, {name: b, namespace: n}]\n`);
  return loadCatalogue(file);
}

describe('the hook of a component', () => {
  it('is a command with its arguments, and may take a minute', () => {
    const { components, hooks } = load('command: [/opt/backup-exists, --key, abc]');
    expect(hooks.get('a')).toEqual({ kind: 'command', argv: ['/opt/backup-exists', '--key', 'abc'] });
    expect(components[0]?.hook).toEqual({ label: 'command /opt/backup-exists', seconds: 60 });
  });

  it('is a webhook, of which a workflow knows the host alone', () => {
    const { components, hooks } = load(
      'url: "https://hooks.example:8443/x/key?y=z", tokenFile: /run/token, seconds: 5',
    );
    expect(hooks.get('a')).toEqual({
      kind: 'webhook',
      url: 'https://hooks.example:8443/x/key?y=z',
      tokenFile: '/run/token',
    });
    expect(components[0]?.hook).toEqual({ label: 'webhook https://hooks.example:8443', seconds: 5 });
  });

  it('takes the place of the hook of the whole catalogue', () => {
    const { components, hooks } = load('url: "http://localhost:8080/x"', 'hook: {command: ["true"]}');
    expect(components.map(({ hook }) => hook?.label)).toEqual(['webhook http://localhost:8080', 'command true']);
    expect([...hooks.keys()]).toEqual(['a', 'b']);
  });

  it('is none where the catalogue has none', () => {
    const { components, hooks } = load('command: ["true"]');
    expect(components[1]).not.toHaveProperty('hook');
    expect(hooks.has('b')).toBe(false);
  });

  it.each([
    ['', 'components.0.hook: must have either "command", or "url"'],
    ['command: ["true"], url: "https://x/y"', 'must have either "command", or "url"'],
    ['command: ["true"], tokenFile: /t', 'must have either "command", or "url"'],
    ['command: []', 'components.0.hook.command'],
    ['command: "rm -rf /"', 'components.0.hook.command'],
    ['url: "http://hooks.example/x"', 'components.0.hook.url: must be an address that begins with https://'],
    ['url: "http://localhost.example/x"', 'must be an address that begins with https://'],
    ['url: "https://me:word@x/y"', 'must not hold a user name or a password'],
    ['url: "https://x/y", tokenFile: token', 'must be an absolute path on the worker'],
    ['command: ["true"], seconds: 0', 'components.0.hook.seconds'],
    ['command: ["true"], seconds: 3601', 'components.0.hook.seconds'],
  ])('is refused as {%s}', (hook, message) => {
    expect(() => load(hook)).toThrow(message);
  });
});
