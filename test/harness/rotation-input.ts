import type { Rotation } from '../../src/domain/rotation/rotation.ts';
import { KUBERNETES, LITELLM } from './examples.ts';

/** The whole value of a key. */
export const whole = (key: string, meaning: 'password' | 'user' = 'password') =>
  ({ key, within: '', meaning }) as const;
/** The password, or the user, of a URI that is the whole value of a key. */
export const inUri = (key: string, meaning: 'password' | 'user' = 'password') =>
  ({ key, within: 'URI', meaning }) as const;

/** A rotation in place, as a workflow hands it to its steps. */
export const ROTATION: Rotation = {
  id: 'litellm-1',
  kubernetes: KUBERNETES,
  component: LITELLM,
  secrets: [LITELLM.secret],
  places: [{ secret: LITELLM.secret, places: [whole('password'), inUri('uri')] }],
  passwordAt: { secret: LITELLM.secret, key: 'password', within: '' },
  workloads: [],
};
