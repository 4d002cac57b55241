import type { SecretPlan } from '../secret-plan/plan.ts';
import type { Place } from '../secrets/index.ts';
import type { Origin } from './container-view.ts';

/** The keys that change, by what changes in them. */
export class ChangingKeys {
  constructor(private readonly plan: SecretPlan) {}

  password(origin: Origin): boolean {
    return this.#has(origin, 'password');
  }

  /** Not where the container takes the key by another name: only a whole value may be taken as a password. */
  plainPassword(origin: Origin): boolean {
    return this.plan.changes.some(
      ({ secret, place: { key, meaning, within } }) =>
        secret === origin.id && key === origin.key && meaning === 'password' && within === '',
    );
  }

  user(origin: Origin): boolean {
    return this.#has(origin, 'user');
  }

  /** A key of the Secret whose whole value is the user's name. */
  plainUser(secret: string): { readonly secret: string; readonly key: string } | undefined {
    const found = this.plan.changes.find(
      ({ secret: of, place: { meaning, within } }) => of === secret && meaning === 'user' && within === '',
    );
    return found && { secret, key: found.place.key };
  }

  touches({ id }: Origin): boolean {
    return this.plan.changes.some(({ secret }) => secret === id);
  }

  #has({ kind, id, key: of }: Origin, meaning: Place['meaning']): boolean {
    return (
      kind === 'Secret' &&
      this.plan.changes.some(({ secret, place }) => secret === id && place.key === of && place.meaning === meaning)
    );
  }
}
