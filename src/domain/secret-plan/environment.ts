import { readLogins, type DescribedLogin } from '../secrets/index.ts';
import { textsOf } from '../secrets/secret-data.ts';
import type { CandidateSecret, ContainerEnvironment } from './world.ts';

/*
 * A Secret may hold a bare password under any key. The container that reads the key shows the meaning of the key:
 *
 *   env: [{name: DB_HOST, value: litellm-postgresql-rw}, {name: DB_USER, value: litellm},
 *         {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: litellm-pw, key: value}}}]
 *
 * Kubernetes expands $(NAME) in the value of a variable, so a URI may name its password there.
 */

/** A key of a Secret that a container reads as a login's password. */
export interface ReadAsPassword {
  readonly secret: string;
  readonly key: string;
  /** Such as `Deployment litellm reads it as DB_PASSWORD`. */
  readonly reader: string;
  readonly login: DescribedLogin;
}

interface Source {
  readonly secret: string;
  readonly key: string;
}

/** The meaning of the keys, according to the containers of a namespace. */
export function readEnvironments(
  environments: readonly ContainerEnvironment[],
  secrets: readonly CandidateSecret[],
): readonly ReadAsPassword[] {
  const texts = new Map(secrets.map(({ name, data }) => [name, textsOf(data)]));
  return environments.flatMap((environment) => readEnvironment(environment, texts));
}

/** A container that reads a Secret, with every host that its environment names. */
export interface HostsRead {
  readonly secret: string;
  /** Such as `Deployment litellm`. */
  readonly reader: string;
  readonly hosts: readonly string[];
}

/** The hosts that the containers name which read one of the Secrets. */
export function readHosts(
  environments: readonly ContainerEnvironment[],
  secrets: readonly CandidateSecret[],
  changing: readonly string[],
): readonly HostsRead[] {
  const texts = new Map(secrets.map(({ name, data }) => [name, textsOf(data)]));
  return environments.flatMap((environment) => {
    const { values, sources, tokens } = valuesOf(environment, texts);
    const read = [...sources.values(), ...tokens.values()].find(({ secret }) => changing.includes(secret));
    if (read === undefined) return [];
    const hosts = readLogins(Object.fromEntries(values)).logins.flatMap(
      (login) => resolved(login, tokens, texts).hosts,
    );
    const { kind, name } = environment.workload;
    return [{ secret: read.secret, reader: `${kind} ${name}`, hosts: hosts.map(({ text }) => text) }];
  });
}

function valuesOf({ variables }: ContainerEnvironment, secrets: ReadonlyMap<string, Readonly<Record<string, string>>>) {
  const values = new Map<string, string>();
  const sources = new Map<string, Source>();
  const tokens = new Map<string, Source>();
  const fromSecret = (name: string, source: Source, text: string | undefined): void => {
    if (text === undefined) return;
    values.set(name, text);
    sources.set(name, source);
  };
  for (const variable of variables) {
    if ('allOf' in variable) {
      for (const [key, text] of Object.entries(secrets.get(variable.allOf) ?? {}))
        fromSecret(`${variable.prefix}${key}`, { secret: variable.allOf, key }, text);
    } else if ('value' in variable) {
      values.set(variable.name, expand(variable.value, values, sources, tokens));
      sources.delete(variable.name);
    } else {
      const { secret, key } = variable;
      fromSecret(variable.name, { secret, key }, secrets.get(secret)?.[key]);
    }
  }
  return { values, sources, tokens };
}

function readEnvironment(
  environment: ContainerEnvironment,
  secrets: ReadonlyMap<string, Readonly<Record<string, string>>>,
): readonly ReadAsPassword[] {
  const { workload } = environment;
  const { values, sources, tokens } = valuesOf(environment, secrets);
  return readLogins(Object.fromEntries(values)).logins.flatMap((login) => {
    const { password } = login;
    if (password === undefined) return [];
    const source = tokens.get(password.password.reveal()) ?? (password.within === '' && sources.get(password.key));
    if (!source) return [];
    const reader = `${workload.kind} ${workload.name} reads it as ${password.key}`;
    return [{ ...source, reader, login: resolved(login, tokens, secrets) }];
  });
}

/** Replaces a variable from a Secret by a token. No notation would escape a character of the token. */
function expand(
  value: string,
  values: ReadonlyMap<string, string>,
  sources: ReadonlyMap<string, Source>,
  tokens: Map<string, Source>,
): string {
  return value.replace(/\$\$|\$\(([^()\s]+)\)/g, (whole, name: string | undefined) => {
    if (name === undefined) return '$';
    const source = sources.get(name);
    if (source === undefined) return values.get(name) ?? whole;
    const token = `cnpgrotatortoken${tokens.size}x`;
    tokens.set(token, source);
    return token;
  });
}

/** The login with the tokens replaced by their texts. */
function resolved(
  login: DescribedLogin,
  tokens: ReadonlyMap<string, Source>,
  secrets: ReadonlyMap<string, Readonly<Record<string, string>>>,
): DescribedLogin {
  const textOf = (text: string): string => {
    const source = tokens.get(text);
    return source === undefined ? text : (secrets.get(source.secret)?.[source.key]?.trim() ?? text);
  };
  return {
    ...login,
    ...(login.user && { user: { ...login.user, text: textOf(login.user.text) } }),
    hosts: login.hosts.map((host) => ({ ...host, text: textOf(host.text) })),
  };
}
