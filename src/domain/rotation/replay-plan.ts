import { otherTarget, type Target } from '../steps.ts';
import { holds, type SecretData } from '../secrets/secret-data.ts';

/*
 * A rotation was interrupted for good: its workflow ended without an end of its own. Its staging Secret is the only
 * record of both sides. The next rotation finishes what was begun before it begins itself.
 *
 * Which side is the truth? The side that the component's main Secret holds. Each step writes the main Secret first, so
 * every other Secret of the application is on the same side or still has to follow.
 *
 *   in place      CNPG sets the role's password from the main Secret, so PostgreSQL has that side or will have it.
 *   alternating   The role that the main Secret names can log in. On the way there `prepare` let the idle role in before
 *                 `publish` wrote the main Secret, and `retire` locks the active role out only after `publish`. On the
 *                 way back the same holds with the roles exchanged. So in each row of the table in handover.ts:
 *
 *                              main Secret names   what else may be half written
 *                   at rest         active         nothing
 *                   prepare         active         the idle role's own Secret: it may have a password that is in no
 *                                                  application, and the next rotation gives it another
 *                   publish          idle          the application's other Secrets: they are brought along
 *                   retire           idle          the active role's own Secret: the next rotation, whose idle role it
 *                                                  is, gives it another password
 *
 * So the login roles' own Secrets need nothing. They are only fenced. Pods need something: where the application moved,
 * some may still log in as the other role. `unfinishedSide` says when the turn is finished before anything else.
 */

/** One Secret of the interrupted rotation's record. */
export interface ReplayFacts {
  readonly name: string;
  /** `main`: the component's own Secret. `role`: a login role's own Secret. `other`: any other Secret that changes. */
  readonly kind: 'main' | 'other' | 'role';
  readonly staged: Readonly<Record<Target, SecretData>>;
  /** Its live data, or `undefined` when it was deleted. */
  readonly live: SecretData | undefined;
}

export interface ReplayPlan {
  /** The side that the main Secret holds; undefined where it holds neither. Then nothing is brought along. */
  readonly side: Target | undefined;
  /** Secrets that still hold the other side. */
  readonly write: readonly string[];
  /** Secrets that stay as they are. */
  readonly fence: readonly string[];
  /** Secrets of the application that hold neither side: somebody changed or deleted them since. */
  readonly changedSince: readonly string[];
}

export function planReplay(secrets: readonly ReplayFacts[]): ReplayPlan {
  const main = secrets.find(({ kind }) => kind === 'main');
  const side = main && sideOf(main);
  const write: string[] = [];
  const fence: string[] = [];
  const changedSince: string[] = [];
  for (const secret of secrets) {
    const { name, kind } = secret;
    const held = sideOf(secret);
    if (held === undefined) {
      if (kind !== 'role') changedSince.push(name);
    } else if (kind === 'other' && side !== undefined && held === otherTarget(side)) write.push(name);
    else fence.push(name);
  }
  return { side, write, fence, changedSince };
}

/**
 * The side to which an interrupted turn is finished: that of the main Secret; undefined where nothing is to be finished.
 *
 *   the application never moved     Everybody logs in as before. The next turn begins anew.
 *   somebody changed a Secret since The record says nothing of the Secret as it is now, so it is not gone on from.
 *   else                            Pods may still have the other login. Before the next turn gives that role another
 *                                   password, they restart, and the role is locked out, as the interrupted turn would.
 *
 * @param secrets the main Secret first.
 * @param moved whether the interrupted turn wrote any Secret of the application, or may have pushed a commit.
 */
export function unfinishedSide(
  secrets: readonly { readonly side: Target | undefined }[],
  moved: boolean,
): Target | undefined {
  const [main] = secrets;
  if (main === undefined || secrets.some(({ side }) => side === undefined)) return undefined;
  return moved || main.side === 'pending' ? main.side : undefined;
}

/** The side that a Secret holds; undefined where it holds neither. */
export function sideOf({ live, staged }: Pick<ReplayFacts, 'live' | 'staged'>): Target | undefined {
  if (live === undefined) return undefined;
  // Of a password that CNPG generates nothing is staged before CNPG has answered.
  const known = (['pending', 'previous'] as const).filter((target) => Object.keys(staged[target]).length > 0);
  return known.find((target) => holds(live, staged[target]));
}
