import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { KubeConfig } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { stagingSecretName } from '../../src/domain/marks.ts';
import { writeAccountKubeconfig } from '../common/worker-account.ts';
import type { Place, PlacedComponent } from './place.ts';
import type { KubernetesManifest } from './schema.ts';

const DEPLOY = new URL('../../deploy/', import.meta.url);
/** The shipped files are written for the four shipped components; this one stands for those of a world. */
const TEMPLATE = { namespace: 'ai-system', component: 'litellm', consumers: 'apps' };
const OTHERS = { namespaces: ['cache'], components: ['langfuse', 'obot', 'dragonfly'] };
/** A rule with one of these is for the Secrets that a rotation changes. */
const LIVE = [`${TEMPLATE.component}-db-secret`, `${TEMPLATE.component}-env`];
export const ACCOUNT = 'cnpg-rotator';
const TOKEN_SECONDS = 3_600;

export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface RbacObject extends KubernetesManifest {
  rules?: Rule[];
  subjects?: object[];
  roleRef?: { apiGroup: string; kind: string; name: string };
}

export interface RightsOf {
  readonly place: Place;
  readonly components: readonly PlacedComponent[];
  /** Other namespaces that the catalogue names. The worker has no rights in one that it does not name. */
  readonly consumers: readonly string[];
  /** Of the file: a found one may be changed, so that the product's judgement is seen, and not RBAC's. */
  readonly secrets: readonly KubernetesManifest[];
  readonly without: readonly string[];
  readonly files: readonly string[];
  /** Names that an adoption is told for the Secret of the owner. */
  readonly ownerSecrets: readonly string[];
}

/** The rights of the shipped manifests for the world's components, less those that the file takes away. */
export function rightsOf(of: RightsOf): readonly RbacObject[] {
  const account = { namespace: of.place.home, name: ACCOUNT };
  return of.files
    .flatMap((file) => read(file))
    .flatMap((object): RbacObject[] => {
      const { kind, metadata } = object;
      if (kind === 'Namespace') return [];
      if (kind === 'ServiceAccount') return [{ ...object, metadata: { ...metadata, ...account } }];
      if (metadata.namespace !== undefined && OTHERS.namespaces.includes(metadata.namespace)) return [];
      const own = namespacesOf(of, metadata.namespace);
      // What is not the components' own carries the world's name, beside those of others.
      const name = own === undefined ? `${metadata.name}-${of.place.id}` : metadata.name;
      const namespaces = own ?? [metadata.namespace];
      return namespaces.map((namespace) => ({
        ...object,
        metadata: { ...metadata, name, ...(namespace !== undefined && { namespace }) },
        ...(object.rules !== undefined && {
          rules: object.rules
            .map((rule) => forWorld(rule, of, namespace))
            .filter((rule) => rule.resourceNames?.length !== 0)
            .flatMap((rule) => less(rule, of.without)),
        }),
        ...(object.roleRef !== undefined && {
          roleRef: { ...object.roleRef, name },
          subjects: [{ kind: 'ServiceAccount', ...account }],
        }),
      }));
    });
}

/** Where the world has what the shipped files say of a namespace; `undefined`: there. */
function namespacesOf({ components, consumers }: RightsOf, shipped: string | undefined): readonly string[] | undefined {
  const homes = [...new Set(components.map(({ namespace }) => namespace))];
  if (shipped === TEMPLATE.namespace) return homes;
  if (shipped === TEMPLATE.consumers) return [...new Set(consumers)].filter((one) => !homes.includes(one));
  return undefined;
}

function read(file: string): RbacObject[] {
  const text = readFileSync(fileURLToPath(new URL(file, DEPLOY)), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as RbacObject);
}

function forWorld(rule: Rule, { components, secrets, ownerSecrets }: RightsOf, namespace: string | undefined): Rule {
  if (rule.resourceNames === undefined) return rule;
  const named = rule.resourceNames.flatMap((name) => {
    if (OTHERS.components.some((other) => name.startsWith(`${other}-`))) return [];
    return name.startsWith(`${TEMPLATE.component}-`) ? components.map((one) => nameFor(name, one)) : [name];
  });
  const changesLive = LIVE.some((name) => rule.resourceNames?.includes(name)) && rule.verbs.includes('patch');
  const found = changesLive
    ? secrets.filter(({ metadata }) => metadata.namespace === namespace).map(({ metadata }) => metadata.name)
    : [];
  const owners = rule.resourceNames.includes(`${TEMPLATE.component}-owner-role`) ? ownerSecrets : [];
  return { ...rule, resourceNames: [...new Set([...named, ...found, ...owners])] };
}

function nameFor(name: string, component: PlacedComponent): string {
  const { cluster, secret, alternating } = component;
  const end = name.slice(TEMPLATE.component.length);
  const names: Readonly<Record<string, string>> = {
    '-db-secret': secret,
    '-db-secret-rotation': stagingSecretName(component),
    '-postgresql': cluster,
    '-postgresql-ca': `${cluster}-ca`,
    '-postgresql-rw': `${cluster}-rw`,
    '-a-role': alternating.logins[0].secret,
    '-b-role': alternating.logins[1].secret,
  };
  return names[end] ?? `${component.name}${end}`;
}

/** `get secrets litellm-postgresql-ca`: what a rule gives without that. */
function less(rule: Rule, without: readonly string[]): Rule[] {
  const each = (rule.resources ?? []).map((resource) => ({ ...rule, resources: [resource] }));
  return without.reduce((left: Rule[], taken) => left.flatMap((one) => take(one, taken)), each);
}

function take(rule: Rule, taken: string): Rule[] {
  const [verbs = '', resource = '', ...names] = taken.split(' ');
  if (rule.resources?.[0] !== resource) return [rule];
  const isTaken = (verb: string): boolean => verbs === '*' || verbs.split(',').includes(verb);
  const kept = rule.verbs.filter((verb) => !isTaken(verb));
  const lost = rule.verbs.filter(isTaken);
  if (names.length === 0 || rule.resourceNames === undefined)
    return kept.length === 0 ? [] : [{ ...rule, verbs: kept }];
  const others = rule.resourceNames.filter((name) => !names.includes(name));
  const theirs = rule.resourceNames.filter((name) => names.includes(name));
  return [
    ...(others.length > 0 && lost.length > 0 ? [{ ...rule, resourceNames: others, verbs: lost }] : []),
    ...(others.length > 0 && kept.length > 0 ? [{ ...rule, resourceNames: others, verbs: kept }] : []),
    ...(theirs.length > 0 && kept.length > 0 ? [{ ...rule, resourceNames: theirs, verbs: kept }] : []),
  ];
}

/** A kubeconfig with the world's account. */
export async function writeKubeconfig(administrator: KubeConfig, namespace: string, file: string): Promise<void> {
  await writeAccountKubeconfig(administrator, { namespace, name: ACCOUNT, tokenSeconds: TOKEN_SECONDS }, file);
}
