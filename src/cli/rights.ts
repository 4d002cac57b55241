import { InvalidArgumentError, Option, type Command } from 'commander';
import { loadCatalogue } from '../catalogue/catalogue.ts';
import { WORKLOAD_KINDS, type ConsumerRef } from '../domain/component.ts';
import { DEFAULT_ACCOUNT, grantsOf, unnamedInGit, type WorkerAccount } from '../domain/rights/index.ts';
import type { ObjectRef } from '../domain/source.ts';
import { rightsJson, rightsYaml } from './rights-yaml.ts';
import { say } from './say.ts';

interface PrintOptions {
  readonly components?: string;
  readonly exec: boolean;
  readonly portForward: boolean;
  readonly deletePods: boolean;
  readonly adoption: boolean;
  readonly alternating: boolean;
  readonly gitops: boolean;
  readonly databaseRoles: boolean;
  readonly clientsElsewhere: boolean;
  readonly databaseRole: readonly ObjectRef[];
  readonly readSecret: readonly ObjectRef[];
  readonly configMap: readonly ObjectRef[];
  readonly workload: readonly ConsumerRef[];
  readonly only?: 'rotation' | 'adoption';
  readonly account: boolean;
  readonly serviceAccount: WorkerAccount;
  readonly output: 'yaml' | 'json';
}

export function addRightsCommand(program: Command): void {
  program
    .command('rights')
    .description('print the Roles that the worker needs for the catalogue; asks no cluster')
    .option('-c, --components <file>', 'the catalogue (default: CNPG_ROTATOR_COMPONENTS, else the shipped one)')
    .option('--exec', 'the emergency ALTER USER: pods/exec', false)
    .option('--port-forward', 'a worker outside of the cluster: pods/portforward', false)
    .option('--delete-pods', 'old pods of StatefulSets, bare ReplicaSets and Rollouts that are not ready', false)
    .option('--alternating', "every component's login roles, whatever its strategy", false)
    .option('--adoption', 'adoptions and their undoing, in Roles of their own', false)
    .option('--no-gitops', "leave out Flux's objects")
    .option('--database-roles', 'DatabaseRoles with the default names', false)
    .option('--no-clients-elsewhere', 'leave out the list of pods in all namespaces')
    .addOption(names('--database-role <namespace/name>', 'a DatabaseRole with another name', objectRef))
    .addOption(names('--read-secret <namespace/name>', 'a Secret that is only read, such as an own CA', objectRef))
    .addOption(names('--config-map <namespace/name>', 'a ConfigMap of which Flux makes names', objectRef))
    .addOption(names('--workload <namespace/Kind/name>', 'restart only these of that namespace', workloadRef))
    .addOption(new Option('--only <purpose>', 'print these Roles alone').choices(['rotation', 'adoption']))
    .option('--account', 'print the Namespace and the ServiceAccount too', false)
    .addOption(
      new Option('--service-account <namespace/name>', 'whose rights these are')
        .argParser(objectRef)
        .default(DEFAULT_ACCOUNT, `${DEFAULT_ACCOUNT.namespace}/${DEFAULT_ACCOUNT.name}`),
    )
    .addOption(new Option('-o, --output <format>', 'form of the manifests').choices(['yaml', 'json']).default('yaml'))
    .addHelpText('after', '\nThe last four kinds of names may be given several times.')
    .action(printRights);
}

function printRights(options: PrintOptions): void {
  const { components } = loadCatalogue(options.components);
  const { databaseRole: databaseRoles, readSecret: secrets, configMap: configMaps, workload: workloads } = options;
  const more = { databaseRoles, secrets, configMaps, workloads };
  const adoption = options.adoption || options.only === 'adoption';
  const grants = grantsOf(components, { ...options, adoption, more }, options.serviceAccount).filter(
    ({ purpose }) => options.only === undefined || purpose === options.only,
  );
  const unnamed = options.gitops ? unnamedInGit(components) : [];
  if (unnamed.length > 0)
    say(`Flux's objects that the catalogue does not name are left out. Name them there: ${unnamed.join('; ')}.`);
  const printed = { grants, account: options.serviceAccount, withAccount: options.account };
  process.stdout.write(options.output === 'json' ? rightsJson(printed) : rightsYaml(printed));
}

function names<T>(flags: string, description: string, parse: (text: string) => T): Option {
  return new Option(flags, description)
    .argParser((text: string, before: readonly T[]) => [...before, parse(text)])
    .default([], 'none');
}

function objectRef(text: string): ObjectRef {
  const [namespace = '', name, ...rest] = text.split('/');
  if (!isName(namespace) || !isName(name) || rest.length > 0)
    throw new InvalidArgumentError('It must be namespace/name.');
  return { namespace, name };
}

function workloadRef(text: string): ConsumerRef {
  const [namespace = '', kind, name, ...rest] = text.split('/');
  const known = WORKLOAD_KINDS.find((one) => one === kind);
  if (!isName(namespace) || known === undefined || !isName(name) || rest.length > 0)
    throw new InvalidArgumentError(`It must be namespace/Kind/name with a kind of ${WORKLOAD_KINDS.join(', ')}.`);
  return { namespace, kind: known, name };
}

function isName(text: string | undefined): text is string {
  return text !== undefined && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text);
}
