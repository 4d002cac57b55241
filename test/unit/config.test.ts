import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findComponent, loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { exampleComponent } from '../harness/examples.ts';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'catalogue-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const load = (content: string): ReturnType<typeof loadCatalogue> => {
  const file = path.join(folder, 'components.yaml');
  writeFileSync(file, content);
  return loadCatalogue(file);
};

describe('the catalogue', () => {
  it('that is shipped has the four components of the pattern, each name explicit', () => {
    const { components } = loadCatalogue();
    expect(components.map(({ namespace, cluster, secret, role }) => [namespace, cluster, secret, role])).toEqual([
      ['ai-system', 'litellm-postgresql', 'litellm-db-secret', 'litellm'],
      ['ai-system', 'langfuse-postgresql', 'langfuse-db-secret', 'langfuse'],
      ['ai-system', 'obot-postgresql', 'obot-db-secret', 'obot'],
      ['cache', 'dragonfly-postgresql', 'dragonfly-db-secret', 'dragonfly'],
    ]);
  });

  it('takes every name that is given', () => {
    const { components } = load(
      'components: [{name: a, namespace: n, cluster: c, role: R, database: d, secret: s, secretOwners: {s: because}}]',
    );
    expect(components).toEqual([
      exampleComponent({
        name: 'a',
        namespace: 'n',
        cluster: 'c',
        role: 'R',
        database: 'd',
        secret: 's',
        secretOwners: { s: 'because' },
      }),
    ]);
  });

  it('names the alternating roles after the role, and their Secrets after the component', () => {
    const { components } = load('components: [{name: a, namespace: n, role: r, strategy: alternating}]');
    expect(components[0]).toMatchObject({
      strategy: 'alternating',
      alternating: {
        owner: 'r',
        logins: [
          { role: 'r_a', secret: 'a-a-role' },
          { role: 'r_b', secret: 'a-b-role' },
        ],
      },
    });
  });

  it('takes other names of alternating roles', () => {
    const { components } = load(
      'components: [{name: a, namespace: n, alternating: {owner: o, roles: [x, y], secrets: [p, q]}}]',
    );
    expect(components[0]).toMatchObject({
      strategy: 'in-place',
      alternating: {
        owner: 'o',
        logins: [
          { role: 'x', secret: 'p' },
          { role: 'y', secret: 'q' },
        ],
      },
    });
  });

  it('leaves a long role of a component in place alone, though its alternating roles would be too long', () => {
    expect(() => load(`components: [{name: a, namespace: n, role: ${'r'.repeat(63)}}]`)).not.toThrow();
  });

  it('names its components when one is asked for that is not there', () => {
    expect(() => findComponent(loadCatalogue(), 'lightllm')).toThrow('litellm, langfuse, obot, dragonfly');
  });

  it.each([
    ['nothing', '', 'expected object'],
    ['no component', 'components: []', 'components'],
    ['a component without a namespace', 'components: [{name: a}]', 'components.0.namespace'],
    ['an unknown field', 'components: [{name: a, namespace: n, sceret: s}]', 'sceret'],
    ['a name that Kubernetes would refuse', 'components: [{name: a, namespace: N_N}]', 'components.0.namespace'],
    [
      'a role name over 63 bytes',
      `components: [{name: a, namespace: n, role: ${'r'.repeat(64)}}]`,
      'components.0.role',
    ],
    [
      'a Secret whose name leaves no place for that of the staging Secret',
      `components: [{name: a, namespace: n, secret: ${'s'.repeat(245)}}]`,
      'components.0.secret',
    ],
    [
      'a login role over 63 bytes',
      `components: [{name: a, namespace: n, alternating: {roles: [${'é'.repeat(32)}, b]}}]`,
      'components.0.alternating.roles.0: must be at most 63 bytes',
    ],
    [
      'a login role that PostgreSQL has for itself',
      'components: [{name: a, namespace: n, alternating: {roles: [pg_monitor, b]}}]',
      'has the role name "pg_monitor" for itself',
    ],
    [
      'a role whose name ends with a space',
      'components: [{name: a, namespace: n, role: "a "}]',
      'components.0.role: must not begin or end with white space',
    ],
    [
      'a database whose name is more than one line',
      'components: [{name: a, namespace: n, database: "a\\nb"}]',
      'components.0.database: must be one line',
    ],
    [
      'a login role that is the owner',
      'components: [{name: a, namespace: n, alternating: {roles: [a, b]}}]',
      'components.0.alternating: the owner and the two login roles need three different names',
    ],
    [
      'one Secret for both login roles',
      'components: [{name: a, namespace: n, alternating: {secrets: [x, x]}}]',
      'a Secret of its own',
    ],
    [
      'the application’s Secret for a login role',
      'components: [{name: a, namespace: n, alternating: {secrets: [x, a-db-secret]}}]',
      'Secret "a-db-secret" belongs to the application',
    ],
    [
      'a reason for an owner that is more than one line',
      'components: [{name: a, namespace: n, secretOwners: {s: "a\\nb"}}]',
      'components.0.secretOwners.s: must be one line',
    ],
    ['the same name twice', 'components: [{name: a, namespace: n}, {name: a, namespace: m}]', 'same name'],
    ['broken YAML', 'components: [', 'cannot be read'],
  ])('is refused with %s, saying where', (_, content, text) => {
    expect(() => load(content)).toThrow(text);
  });

  it('is refused when the file is not there', () => {
    expect(() => loadCatalogue('/nowhere/components.yaml')).toThrow('/nowhere/components.yaml cannot be read');
  });
});

describe('the source gitops', () => {
  const gitops = (source: string, shared = ''): unknown =>
    load(`${shared}components: [{name: lite-llm, namespace: n, source: {kind: gitops, ${source}}}]`).components[0]
      ?.gitops;

  it('takes what components have in common from "gitops", and every default', () => {
    const shared = `gitops: {repository: "https://git.example/home.git", credentials: {secret: flux-system/git}, sops: {ageKeyFile: /keys/age}}\n`;
    expect(gitops('variable: {}', shared)).toEqual({
      repository: 'https://git.example/home.git',
      branch: 'main',
      credentials: { kind: 'secret', namespace: 'flux-system', name: 'git' },
      author: { name: 'cnpg-rotator', email: 'cnpg-rotator@localhost' },
      ageKeyFile: '/keys/age',
      variable: { file: 'cluster.yaml', key: 'lite_llm_db_password' },
      manifests: [],
      render: ['task', '-y', 'configure'],
      localFiles: {},
      allowedPaths: [],
      flux: { reconcile: [] },
    });
  });

  it('edits the manifests that it names beside the variable, without a render', () => {
    expect(gitops('repository: "git@git.example:home.git", variable: {}, manifests: [kubernetes]')).toMatchObject({
      variable: { file: 'cluster.yaml' },
      manifests: ['kubernetes'],
      render: [],
    });
  });

  it.each([
    'git@git.example:home.git',
    'org-123456@github.com:a/b@c.git',
    'ssh://git@git.example:2222/home.git',
    'ssh://APKAEIBAERJR2EXAMPLE@git-codecommit.example/v1/repos/home',
    'https://git.example/home@v2/cluster.git',
  ])('takes the address %s', (repository) => {
    expect(gitops(`repository: "${repository}"`)).toMatchObject({ repository });
  });

  it('tells no token of an address that it refuses', () => {
    expect(() => gitops('repository: "https://ghp_0123456789abcdefghij@git.example/x"')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('ghp_') as string }) as Error,
    );
  });

  it('takes a local file from a Secret, by the name of the file unless it says another key', () => {
    const files = 'config/cluster.yaml: {secret: flux-system/vars}, age.key: {secret: flux-system/age, key: identity}';
    expect(gitops(`repository: "https://x/y", localFiles: {${files}}`)).toMatchObject({
      localFiles: {
        'config/cluster.yaml': { namespace: 'flux-system', name: 'vars', key: 'cluster.yaml' },
        'age.key': { namespace: 'flux-system', name: 'age', key: 'identity' },
      },
    });
  });

  it('goes with the strategy alternating, where the templates take the user’s name from a variable too', () => {
    const component = (variable: string): string =>
      `components: [{name: a, namespace: n, strategy: alternating, source: {kind: gitops, repository: "https://x/y"${variable}}}]`;
    expect(load(component('')).components[0]).toMatchObject({ strategy: 'alternating', gitops: { branch: 'main' } });
    expect(load(component(', variable: {usernameKey: a_db_user}')).components[0]?.gitops?.variable).toEqual({
      file: 'cluster.yaml',
      key: 'a_db_password',
      usernameKey: 'a_db_user',
    });
    expect(() => load(component(', variable: {}'))).toThrow('components.0.source: variable needs a usernameKey');
  });

  it.each([
    ['variable: {}', 'components.0.source: needs a repository'],
    ['repository: "https://me:token@git.example/x"', 'must not hold a user name, a token or a password'],
    ...[
      'https://ghp_0123456789abcdefghij@git.example/x',
      'https://me@git.example/x',
      'http://git.example/x?private_token=abc',
      'ssh://me:password@git.example/x',
      'ssh://glpat-0123456789abcdefghij@git.example/x',
      'ghp_0123456789abcdefghijklmnopqrstuvwxyz@git.example:x',
    ].map((url): [string, string] => [`repository: "${url}"`, 'must not hold a user name, a token or a password']),
    ['repository: "ext::sh -c id"', 'must begin with https://'],
    ['repository: "https://x/y", manifests: [".git/config"]', 'must be a path inside the repository'],
    ['repository: "https://x/y", localFiles: {a/.GIT/hooks/x: /x}', 'localFiles.a/.GIT/hooks/x: Invalid key'],
    ['repository: "https://x/y", localFiles: {a.yaml: b.yaml}', 'must be an absolute path on the worker, or {secret'],
    ['repository: "https://x/y", manifests: ["../x"]', 'must be a path inside the repository'],
    ['repository: "https://x/y", sops: {ageKeyFile: key}', 'must be an absolute path'],
  ])('refuses %s', (source, message) => {
    expect(() => gitops(source)).toThrow(message);
  });
});

describe('restartPods of a component', () => {
  const entry = (owner: string) => load(`components: [{name: a, namespace: n, restartPods: [${owner}]}]`);

  it('names an owner, in the component’s namespace unless it says another', () => {
    const { components } = entry('{kind: Workflow, name: etl}, {kind: PodSet, name: b, namespace: apps}');
    expect(components[0]?.restartPods).toEqual([
      { kind: 'Workflow', namespace: 'n', name: 'etl' },
      { kind: 'PodSet', namespace: 'apps', name: 'b' },
    ]);
  });

  it('names no Job, whose pods end by themselves', () => {
    expect(() => entry('{kind: Job, name: nightly}')).toThrow(/end by themselves/);
  });
});

describe('the password of a component', () => {
  const rules = (own: string, shared = '') =>
    load(`${shared}\ncomponents: [{name: a, namespace: n${own}}, {name: b, namespace: n}]`).components.map(
      ({ password }) => password,
    );
  const HEX = '0123456789abcdef';

  it('is made by the rule of the product where the catalogue has none', () => {
    expect(rules('')).toEqual([undefined, undefined]);
  });

  it('is made by its own settings, else by those of the whole catalogue', () => {
    expect(rules(', password: {length: 80}', `password: {length: 64, alphabet: ${HEX}}`)).toEqual([
      { length: 80, alphabet: HEX },
      { length: 64, alphabet: HEX },
    ]);
  });

  it('has the usual characters where only its length is given', () => {
    expect(rules(', password: {length: 24}')[0]).toEqual({
      length: 24,
      alphabet: expect.stringMatching(/^.{64}$/) as string,
    });
  });

  it.each([
    [', password: {length: 23}', '', 'components.0.password: the length must be from 24 to 99'],
    [', password: {alphabet: "a$"}', '', 'components.0.password: the alphabet may have letters'],
    [', password: {length: 24}', `password: {alphabet: ${HEX}}`, 'components.0.password: such a password has 94 bits'],
    ['', 'password: {length: 12}', 'components.0.password: the length must be from 24 to 99'],
    [', password: {lenght: 64}', '', 'components.0.password: Unrecognized key'],
  ])('is refused as {%s} with "%s" beside the components', (own, shared, message) => {
    expect(() => rules(own, shared)).toThrow(message);
  });
});
