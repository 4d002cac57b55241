import { objectName, type Component } from '../component.ts';
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
  { otherSecrets, notSecrets, alternating, strategy }: Component,
  secret: string,
  ofOtherRoles: readonly { readonly secret: string; readonly role: string }[],
): Answer {
  const asked = otherSecrets.find(({ name }) => name === secret);
  const refused = notSecrets.find(({ name }) => name === secret);
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
  { name, namespace }: Component,
  { secret, key, unreadable }: Pick<UntouchedPlace, 'secret' | 'key' | 'unreadable'>,
): string {
  const keys = unreadable === true ? `{${key}: "…{{password}}…"}` : `[${key}]`;
  const template = unreadable === true ? ', with the text around the password as it stands there' : '';
  return `In the component "${name}" of the catalogue, name ${objectName('Secret', namespace, secret)} under otherSecrets ({name: ${secret}, keys: ${keys}}${template}) where the key "${key}" holds its password, or under notSecrets ({name: ${secret}, keys: [${key}]}) where the key is none of it.`;
}
