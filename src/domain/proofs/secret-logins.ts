import type { Component } from '../component.ts';
import type { Password } from '../password.ts';
import { judgeHosts, serviceIn } from '../secret-plan/hosts.ts';
import { describePlace } from '../secret-plan/plan.ts';
import { readLogins, type Place, type Templates, type Texts } from '../secrets/index.ts';

/** A login that a Secret describes, as a pod that reads the Secret makes it. */
export interface SecretLogin {
  readonly place: Place;
  /** `key uri (URI)`. */
  readonly where: string;
  readonly username: string;
  readonly password: Password;
  readonly database: string;
  /** The Pooler that the login's host means; absent where the login goes to the Cluster. */
  readonly pooler?: string;
}

/** A Secret whose logins are read. */
export interface SecretTexts {
  readonly texts: Texts;
  readonly templates: Templates;
  /** The Secret's namespace: a host without a namespace means a Service of this one. */
  readonly namespace: string;
}

/**
 * The logins of a Secret with this password, each user, database and Pooler once. A login without a user is the role's.
 * A host that CNPG does not make, such as a load balancer's, is taken for the Cluster's.
 */
export function loginsWith(
  password: Password,
  { texts, templates, namespace }: SecretTexts,
  component: Component,
  { role, poolers }: { readonly role: string; readonly poolers: readonly string[] },
): readonly SecretLogin[] {
  const found = new Map<string, SecretLogin>();
  for (const login of readLogins(texts, templates).logins) {
    const { password: place, user, lentUser, hosts: named, database } = login;
    if (place?.password.equals(password) !== true) continue;
    const hosts = named.map(({ text }) => text);
    if (judgeHosts(hosts, namespace, component, poolers) === 'another') continue;
    const services = hosts.map((host) => serviceIn(host, namespace));
    const pooler = services.find((one) => one?.where === component.namespace && poolers.includes(one.service))?.service;
    // A user from another label counts only if it is the role.
    const username = user === undefined || (lentUser === true && user.text !== role) ? role : user.text;
    const one = {
      place: { key: place.key, within: place.within, meaning: place.meaning },
      where: describePlace(place),
      username,
      password: place.password,
      database: database?.text ?? component.database,
      ...(pooler !== undefined && { pooler }),
    };
    const key = JSON.stringify([one.username, one.database, pooler]);
    if (!found.has(key)) found.set(key, one);
  }
  return [...found.values()];
}
