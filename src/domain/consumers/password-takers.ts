import type { ConsumerRef } from '../component.ts';
import type { SecretPlan } from '../secret-plan/plan.ts';
import type { SecretWorld } from '../secret-plan/world.ts';
import { ChangingKeys } from './changing-keys.ts';
import { isAccepted, namesNoUser } from './consumer.ts';
import { viewContainer, type ContainerView, type Origin } from './container-view.ts';
import { heldTexts } from './held-texts.ts';
import { UserSearch, type UserElsewhere } from './search-users.ts';
import type { ConfigMapTexts, ContainerTexts } from './texts.ts';

/*
 * With alternating roles the user's name changes with the password. A container that takes the password from a Secret
 * and the user's name from elsewhere would log in with the new password and the name of before.
 *
 *   the user stands beside the password         evidence, whatever else the container reads
 *   the user stands at a host of the Cluster,   evidence, where the container takes the user from no Secret that changes;
 *   or under a name that means the database     else a doubt: a default that another place overrides;
 *                                                a file that comes along with the password's overrides no variable
 *   the user stands under another name          a doubt, or nothing: SMTP_USER has a password of its own
 *   no user is found                            unseen: an image's default, a file of another format, an API
 */

/** A container that takes the password from a Secret that changes. */
export interface PasswordTaker {
  readonly holder: ConsumerRef;
  readonly container: string;
  /** The Secret with the password, as the plan names it. */
  readonly secret: string;
  /** Where the container could take the user's name: a key that changes with the password. */
  readonly userAt?: { readonly secret: string; readonly key: string };
  /** Whether the container takes the user's name from a Secret that changes. */
  readonly takesUser: boolean;
  /** Whether pods of it run now, or will by themselves. */
  readonly used: boolean;
  /** The catalogue says that it may be left behind, or that it names the user nowhere else. */
  readonly accepted: boolean;
  readonly elsewhere: readonly UserElsewhere[];
}

/** The containers that take the password from a Secret that changes, each with the places that name the user. */
export function findPasswordTakers(
  world: SecretWorld,
  plan: SecretPlan,
  containers: readonly ContainerTexts[],
  configMaps: readonly ConfigMapTexts[],
): readonly PasswordTaker[] {
  const held = heldTexts(world, configMaps);
  const changes = new ChangingKeys(plan);
  return containers.flatMap((container) => {
    const view = viewContainer(world.component, container, held);
    const taken = taking(view).find((origin) => changes.password(origin));
    if (taken === undefined) return [];
    const takesUser = taking(view).some((origin) => changes.user(origin));
    const { holder, container: name, idle } = container;
    const named = taking({ ...view, files: view.files.filter(({ along }) => along !== true) });
    const takes = { user: takesUser, namedUser: named.some((origin) => changes.user(origin)) };
    const elsewhere = new UserSearch(world, changes, container, view, takes).run();
    return [
      {
        ...{ holder, container: name, secret: taken.id, takesUser, used: !idle },
        userAt: changes.plainUser(taken.id) ?? changes.plainUser(world.component.secret),
        accepted: isAccepted(world.component, holder) || namesNoUser(world.component, holder),
        elsewhere: unique(elsewhere),
      },
    ];
  });
}

/** The keys of Secrets that a container takes. */
function taking({ variables, files }: Pick<ContainerView, 'variables' | 'files'>): readonly Origin[] {
  return [...variables.values(), ...files].flatMap(({ origin }) => (origin?.kind === 'Secret' ? [origin] : []));
}

/** The evident places first; each place once. */
function unique(places: readonly UserElsewhere[]): readonly UserElsewhere[] {
  const sorted = [...places.filter(({ evidence }) => evidence), ...places.filter(({ evidence }) => !evidence)];
  const first = new Map([...sorted].reverse().map((one) => [one.where, one]));
  return sorted.filter((one) => first.get(one.where) === one);
}
