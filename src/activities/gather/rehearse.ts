import { managedLogins, type Component } from '../../domain/component.ts';
import type { Credential } from '../../domain/password.ts';
import type { OrUnknown, PreflightFacts, RehearsalFacts } from '../../domain/preflight/index.ts';
import type { Sessions } from '../../postgres/sessions.ts';
import type { Dependencies } from '../dependencies.ts';
import { generatePassword } from '../staging/generate-password.ts';
import { orCause, orUnknown } from './look-up.ts';
import { rightsOf, type Rehearsed } from './missing-rights.ts';

/** PostgreSQL's answers to the credential in the Secret, and to a credential that nobody has. */
export type TriedLogins = Pick<PreflightFacts, 'login' | 'roleAttributes' | 'actsAs'> &
  Pick<RehearsalFacts, 'loginFailure' | 'rolesThatNeedNoPassword' | 'wrongPasswordFailure'> & {
    readonly postgresAheadMs?: number;
    /** Who is logged in with the credential; absent where PostgreSQL did not accept it. */
    readonly sessions?: OrUnknown<Sessions>;
  };

/**
 * Logs in with the current credential. Where PostgreSQL accepts it, also reads the role's sessions and tries passwords
 * that PostgreSQL has to refuse.
 * PostgreSQL logs these tries as refused logins of the role. They come from our own address and before a Secret is
 * changed, so no rotation counts them.
 */
export async function tryLogins(
  deps: Dependencies,
  component: Component,
  credential: Credential | undefined,
): Promise<TriedLogins> {
  if (credential === undefined) return { login: 'unknown', rolesThatNeedNoPassword: [] };
  const outcome = await orCause(deps.login(component, credential));
  if ('type' in outcome) return { login: 'unknown', loginFailure: outcome, rolesThatNeedNoPassword: [] };
  if (!outcome.accepted) return { login: 'refused', rolesThatNeedNoPassword: [] };
  const postgresAheadMs = Date.parse(outcome.serverTime) - deps.now().getTime();
  const [wrongPasswords, sessions] = await Promise.all([
    tryWrongPasswords(deps, component),
    orUnknown(deps.sessions(component, credential, { role: credential.username, end: false })),
  ]);
  return {
    login: 'accepted',
    roleAttributes: outcome.attributes,
    actsAs: outcome.actsAs,
    ...wrongPasswords,
    postgresAheadMs,
    sessions: sessions ?? 'unknown',
  };
}

async function tryWrongPasswords(
  deps: Dependencies,
  component: Component,
): Promise<Pick<RehearsalFacts, 'rolesThatNeedNoPassword' | 'wrongPasswordFailure'>> {
  const tried = await Promise.all(
    managedLogins(component).map(async ({ role }) => ({
      role,
      outcome: await orCause(deps.login(component, { username: role, password: generatePassword() })),
    })),
  );
  // PostgreSQL reports an absent database only after it has accepted the credential.
  const letIn = tried.filter(({ outcome }) =>
    'type' in outcome ? outcome.type === 'DatabaseAbsent' : outcome.accepted,
  );
  const [wrongPasswordFailure] = tried.flatMap(({ outcome }) =>
    'type' in outcome && outcome.type !== 'DatabaseAbsent' ? [outcome] : [],
  );
  return { rolesThatNeedNoPassword: letIn.map(({ role }) => role), wrongPasswordFailure };
}

/** The other trials before a rotation. They need to know what the rotation will change. */
export async function rehearse(
  deps: Dependencies,
  question: Rehearsed,
  { loginFailure, rolesThatNeedNoPassword, wrongPasswordFailure, postgresAheadMs }: TriedLogins,
): Promise<RehearsalFacts> {
  const [kubernetes, missingRights] = await Promise.all([
    orCause(deps.kubernetes()),
    orUnknown(deps.rights.missing(rightsOf(deps, question))),
  ]);
  return {
    kubernetes,
    missingRights,
    rolesThatNeedNoPassword,
    loginFailure,
    wrongPasswordFailure,
    clocks: { kubernetes: deps.kubernetesAheadMs(), postgres: postgresAheadMs },
  };
}
