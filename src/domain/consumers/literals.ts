import { refIn, type Component, type ConsumerRef } from '../component.ts';
import { planAmong, readEnvironments } from '../secret-plan/index.ts';
import { describePlace, type SecretPlan } from '../secret-plan/plan.ts';
import type { Known } from '../secret-plan/read-secrets.ts';
import type { CandidateSecret, ContainerEnvironment, EnvironmentVariable, SecretWorld } from '../secret-plan/world.ts';
import { weakness } from '../secrets/index.ts';
import { isAccepted } from './consumer.ts';
import { heldTexts, idOf, type HeldTexts } from './held-texts.ts';
import type { ConfigMapTexts, ContainerTexts } from './texts.ts';

/*
 * The password as a text in a manifest. The judgement is that of the Secrets: each container and each ConfigMap is
 * judged as if it were a Secret, so the same evidence counts, in the same notations.
 */

/** A place outside of the Secrets where the password stands. It holds no text. */
export interface Literal {
  /** The object that a person has to change, such as a Deployment or a ConfigMap. */
  readonly holder: ConsumerRef;
  /** Such as `container worker, env DATABASE_URL` or `key config.yaml (YAML db.url)`. */
  readonly where: string;
  readonly why: string;
  /** Whether something shows that the text logs in as the role. An equal text alone shows nothing. */
  readonly evidence: boolean;
  /** Whether pods use the text now, or will by themselves. */
  readonly used: boolean;
  readonly accepted: boolean;
}

/** One container or one ConfigMap, judged as a Secret. */
interface Holder {
  readonly secret: CandidateSecret;
  readonly ref: ConsumerRef;
  readonly describe: (place: { readonly key: string; readonly within: string }) => string;
  readonly used: boolean;
  readonly accepted: boolean;
}

export function findLiterals(
  world: SecretWorld,
  known: Known,
  containers: readonly ContainerTexts[],
  configMaps: readonly ConfigMapTexts[],
): readonly Literal[] {
  const values = heldTexts(world, configMaps);
  const holders = [
    ...containers.map((container) => toHolder(world.component, container, values, known)),
    ...configMaps.map((configMap) => ofConfigMap(world, configMap, containers)),
  ];
  const among = holders.map(({ secret }) => secret);
  const environments = containers.map((container) => toEnvironment(world.component, container));
  const readAs = readEnvironments(environments, [...world.secrets, ...among]);
  const plan = planAmong({ ...world, environments }, known, among, readAs);
  return holders.flatMap((holder) => literalsOf(holder, plan, isWeak(known, world.component)));
}

/** The places of one holder, each once: those with evidence first. */
function literalsOf(holder: Holder, { changes, unclear }: SecretPlan, weak: boolean): readonly Literal[] {
  const { ref, used, accepted, describe } = holder;
  const isHere = ({ secret }: { readonly secret: string }): boolean => secret === holder.secret.name;
  const certain = changes
    .filter((one) => isHere(one) && one.stale !== true)
    .map(({ place, why }) => ({ where: describe(place), why, evidence: true }));
  // A common word stands in many texts.
  const equal = weak
    ? []
    : unclear.filter(isHere).map(({ why, ...place }) => ({ where: describe(place), why, evidence: false }));
  const places = new Map([...equal, ...certain].map((one) => [one.where, one]));
  return [...places.values()].map((one) => ({ holder: ref, ...one, used, accepted }));
}

function isWeak({ current }: Known, { role, database, cluster, name }: Component): boolean {
  return weakness(current, [role, database, cluster, name]) !== undefined;
}

function toHolder(
  component: Component,
  { holder: ref, idle, container, variables, commands }: ContainerTexts,
  values: HeldTexts,
  { current }: Known,
): Holder {
  const said = new Map<string, string>();
  const literals: Record<string, string> = {};
  const expand = (text: string): string =>
    text.replace(/\$\(([^()\s]+)\)/g, (whole, name: string) => {
      const value = said.get(name);
      // A reference to the password is no text of its own: the place that it names is judged.
      return value === undefined || value.includes(current.reveal()) ? whole : value;
    });
  for (const variable of variables) {
    if ('value' in variable) {
      literals[variable.name] = expand(variable.value);
      said.set(variable.name, literals[variable.name] ?? '');
    } else if ('name' in variable) {
      const value = values.get(idOf(component, ref.namespace, variable.from))?.[variable.key];
      if (value !== undefined) said.set(variable.name, value);
    } else {
      for (const [key, value] of Object.entries(values.get(idOf(component, ref.namespace, variable.from)) ?? {}))
        said.set(`${variable.prefix}${key}`, value);
    }
  }
  const expanded = Object.entries(commands).map(([key, text]) => [key, expand(text)] as const);
  return {
    secret: toSecret(containerId(component, ref, container), { ...literals, ...Object.fromEntries(expanded) }),
    ref,
    describe: ({ key, within }) =>
      `container ${container}, ${Object.hasOwn(commands, key) ? key : `env ${key}`}${within === '' ? '' : ` (${within})`}`,
    used: !idle,
    accepted: isAccepted(component, ref),
  };
}

function ofConfigMap(
  { component }: SecretWorld,
  { name, namespace, texts }: ConfigMapTexts,
  containers: readonly ContainerTexts[],
): Holder {
  const ref = { kind: 'ConfigMap', namespace, name };
  const readers = containers.filter(
    (one) => !one.idle && one.holder.namespace === namespace && one.configMaps.includes(name),
  );
  return {
    secret: toSecret(idOf(component, namespace, { kind: 'ConfigMap', name }), texts),
    ref,
    describe: describePlace,
    used: readers.length > 0,
    accepted:
      isAccepted(component, ref) ||
      (readers.length > 0 && readers.every(({ holder }) => isAccepted(component, holder))),
  };
}

/** The container's variables, with every text that stands in the manifest as if a Secret held it. */
function toEnvironment(component: Component, { holder, container, variables }: ContainerTexts): ContainerEnvironment {
  const own = containerId(component, holder, container);
  return {
    workload: holder,
    container,
    variables: variables.map((variable): EnvironmentVariable => {
      if ('value' in variable) {
        // Kubernetes expands the references of a text, so such a text stays one.
        return variable.value.includes('$(') ? variable : { name: variable.name, secret: own, key: variable.name };
      }
      const secret = idOf(component, holder.namespace, variable.from);
      return 'name' in variable
        ? { name: variable.name, secret, key: variable.key }
        : { allOf: secret, prefix: variable.prefix };
    }),
  };
}

function containerId(component: Component, { kind, namespace, name }: ConsumerRef, container: string): string {
  return refIn(component, { namespace, name: `${kind} ${name} ${container}` });
}

function toSecret(name: string, texts: Readonly<Record<string, string>>): CandidateSecret {
  const utf8 = new TextEncoder();
  const data = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, utf8.encode(text)]));
  return { name, type: 'Opaque', labels: {}, data };
}
