import { Command, type CommanderError } from 'commander';
import { parse, parseAllDocuments } from 'yaml';
import { addRightsCommand } from '../../../src/cli/rights.ts';

/** What the command prints. */
async function rights(...args: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (text: string | Uint8Array) => printed.push(String(text)) > 0;
  try {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
    addRightsCommand(program);
    for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => undefined });
    await program.parseAsync(['rights', ...args], { from: 'user' });
  } finally {
    process.stdout.write = write;
  }
  return printed.join('');
}

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}
const names = (objects: readonly Named[]): readonly string[] =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? '-'}/${metadata.name}`);
const documents = (text: string): readonly Named[] =>
  parseAllDocuments(text).map((document) => document.toJS() as Named);

describe('cnpg-rotate rights', () => {
  it('prints the same manifests as YAML and as JSON', async () => {
    const { items } = parse(await rights('-c', 'components.yaml', '-o', 'json')) as { items: readonly Named[] };
    expect(documents(await rights('-c', 'components.yaml'))).toEqual(items);
    expect(names(items)).toEqual([
      'ClusterRole -/cnpg-rotator',
      'ClusterRoleBinding -/cnpg-rotator',
      'Role ai-system/cnpg-rotator',
      'RoleBinding ai-system/cnpg-rotator',
      'Role cache/cnpg-rotator',
      'RoleBinding cache/cnpg-rotator',
    ]);
  });

  it('prints the Roles of adoptions alone, for another account', async () => {
    const printed = await rights('--only', 'adoption', '--service-account', 'tools/rotator');
    expect(names(documents(printed))).toEqual([
      'Role ai-system/rotator-adoption',
      'RoleBinding ai-system/rotator-adoption',
      'Role cache/rotator-adoption',
      'RoleBinding cache/rotator-adoption',
    ]);
    expect(printed).toContain('namespace: tools');
  });

  it('says why the worker needs each rule', async () => {
    const lines = (await rights('--exec')).split('\n');
    const rules = lines.flatMap((line, index) => (line.startsWith('  - apiGroups:') ? [lines[index - 1] ?? ''] : []));
    expect(rules.filter((line) => !line.startsWith('  # '))).toEqual([]);
    expect(rules).toContain('  # The emergency ALTER USER, and looks as the superuser.');
  });

  it.each([
    ['--workload', 'ai-system/litellm', 'namespace/Kind/name'],
    ['--workload', 'ai-system/Pod/litellm', 'Deployment'],
    ['--read-secret', 'own-ca', 'namespace/name'],
  ])('refuses %s %s', async (option, value, message) => {
    await expect(rights(option, value)).rejects.toMatchObject({
      message: expect.stringContaining(message) as string,
    } satisfies Partial<CommanderError>);
  });
});
