import { exceptedSecrets, namedSecrets, secretAt, secretObject, type Component } from '../component.ts';
import type { Templates } from '../secrets/index.ts';
import type { UntouchedPlace } from './plan.ts';

/** What is known of a Secret before anybody reads it: from the catalogue, or because CNPG reads it for another role. */
export interface Answer {
  /** The catalogue names the Secret, or keys of it, as one that changes. */
  readonly named: boolean;
  /** The catalogue says which of its keys change. */
  readonly namesKeys: boolean;
  readonly templates: Templates;
  /** Of one key; undefined where nothing is said of it. */
  readonly of: (key: string) => { readonly kind: 'change' | 'leave'; readonly why: string } | undefined;
}

export function answerFor(
  component: Component,
  secret: string,
  ofOtherRoles: readonly { readonly secret: string; readonly role: string }[],
): Answer {
  const { alternating, strategy } = component;
  const asked = namedSecrets(component).find(({ name }) => name === secret);
  const refused = exceptedSecrets(component).find(({ name }) => name === secret);
  const owner = ofOtherRoles.find((one) => one.secret === secret);
  const ofALogin = strategy === 'alternating' && alternating.logins.some((login) => login.secret === secret);
  const templates = asked?.keys ?? {};
  return {
    named: asked !== undefined,
    namesKeys: asked?.keys !== undefined,
    templates: Object.fromEntries(Object.entries(templates).filter(([, template]) => template !== '')),
    of: (key) => {
      if (refused !== undefined && (refused.keys === undefined || refused.keys.includes(key)))
        return { kind: 'leave', why: 'the catalogue leaves it alone (notSecrets)' };
      if (Object.hasOwn(templates, key)) return { kind: 'change', why: 'the catalogue names the key (otherSecrets)' };
      if (owner !== undefined) return { kind: 'leave', why: `CNPG reads it for the role "${owner.role}"` };
      if (ofALogin) return { kind: 'leave', why: 'CNPG reads it for a login role' };
      return undefined;
    },
  };
}

/** How the catalogue answers a question about a place. */
export function howToAnswer(
  component: Component,
  { secret: ref, key, unreadable }: Pick<UntouchedPlace, 'secret' | 'key' | 'unreadable'>,
): string {
  const keys = unreadable === true ? `{${key}: "…{{password}}…"}` : `[${key}]`;
  const template = unreadable === true ? ', with the text around the password as it stands there' : '';
  const { namespace, name: secret } = secretAt(component, ref);
  const named = namespace === component.namespace ? 'otherSecrets' : `secrets of the consumers of ${namespace}`;
  return `In the component "${component.name}" of the catalogue, name ${secretObject(component, ref)} under ${named} ({name: ${secret}, keys: ${keys}}${template}) where the key "${key}" holds its password, or under notSecrets ({name: ${secret}, keys: [${key}]}) where the key is none of it.`;
}
