import type { ComponentName } from './options.ts';

/** One application of the catalogue, named as in its documentation. */
export interface Component {
  readonly name: string;
  readonly namespace: string;
  readonly cluster: string;
  readonly secret: string;
  /** The role and the database have the component's name. */
  readonly role: string;
  /** How the application's chart hands the credential to it. */
  readonly reads: 'DATABASE_URL' | 'OBOT_SERVER_DSN' | 'parts';
}

function component(name: ComponentName, namespace: string, reads: Component['reads']): Component {
  return { name, namespace, cluster: `${name}-postgresql`, secret: `${name}-db-secret`, role: name, reads };
}

export const COMPONENTS: Readonly<Record<ComponentName, Component>> = {
  litellm: component('litellm', 'ai-system', 'DATABASE_URL'),
  langfuse: component('langfuse', 'ai-system', 'parts'),
  obot: component('obot', 'ai-system', 'OBOT_SERVER_DSN'),
  dragonfly: component('dragonfly', 'cache', 'DATABASE_URL'),
};
