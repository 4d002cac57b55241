import { blocking, warning, type Verdict } from './finding.ts';
import { givesBack, type HeldByLogins, type Where } from './ownership.ts';
import type { Component } from './component.ts';

/*
 * `ALTER ROLE … SET role` makes a session of a login role act as the owner. How long the session does so depends on
 * PostgreSQL's version.
 */

/** What becomes of that setting, by PostgreSQL's version. */
export type RoleSetting = 'kept' | 'left by DISCARD ALL' | 'ignored at login';

/**
 * The minor versions of November 2024 that ignore `ALTER ROLE … SET role` at login (the correction of CVE-2024-10978).
 * Versions before them leave the role at DISCARD ALL. The next minor versions keep the role.
 */
const IGNORING: Readonly<Record<number, number>> = { 12: 21, 13: 17, 14: 14, 15: 9, 16: 5, 17: 1 };

/** @param serverVersion PostgreSQL's `server_version_num`, such as 170005. */
export function roleSettingOf(serverVersion: number): RoleSetting {
  const [major, minor] = [Math.floor(serverVersion / 10_000), serverVersion % 10_000];
  const ignoring = IGNORING[major];
  if (ignoring === undefined) return major < 12 ? 'left by DISCARD ALL' : 'kept';
  if (minor > ignoring) return 'kept';
  return minor === ignoring ? 'ignored at login' : 'left by DISCARD ALL';
}

/** What the version means for a turn: the owner is to own what the application creates. */
export function judgeVersion({ component }: Where, { serverVersion }: HeldByLogins): Verdict | undefined {
  const setting = roleSettingOf(serverVersion);
  const mend = upgrade(component, serverVersion);
  if (setting === 'kept') return undefined;
  if (setting === 'ignored at login') return blocking(ignores(serverVersion), mend);
  const { owner } = component.alternating;
  const meaning = leaves(serverVersion);
  if (givesBack(component))
    return warning(
      `${meaning} Each rotation gives such objects to "${owner}"; until then only that role can use them.`,
      mend,
    );
  return blocking(
    `${meaning} "giveBack: false" in the catalogue forbids the rotation to give them to "${owner}".`,
    mend,
  );
}

/** What is seen before an adoption. */
export interface SeenSessions {
  /** PostgreSQL's `server_version_num`. */
  readonly serverVersion: number;
  /** Statements that leave a role, and that were a session's last statement: `DISCARD ALL`, `SET ROLE NONE`. */
  readonly roleResets: readonly string[];
}

const LEAVE_THE_SETTING: ReadonlySet<string> = new Set(['DISCARD ALL', 'RESET ALL']);

/**
 * What the version means for an adoption. Where DISCARD ALL leaves the role, nobody can see that no pool sends it, so
 * the catalogue has to say so. A session that was seen to send it says the contrary.
 */
export function judgeVersionToAdopt(component: Component, seen: SeenSessions): Verdict | undefined {
  const { serverVersion, roleResets } = seen;
  const setting = roleSettingOf(serverVersion);
  if (setting === 'ignored at login') return blocking(ignores(serverVersion), upgrade(component, serverVersion));
  const { owner, neverDiscards = false } = component.alternating;
  const harmful = roleResets.filter((one) => setting === 'left by DISCARD ALL' || !LEAVE_THE_SETTING.has(one));
  if (setting === 'left by DISCARD ALL' && harmful.length > 0)
    return blocking(
      `${leaves(serverVersion)} A session of "${component.role}" did: ${harmful.join(', ')}. The application could not use tables that it made a moment before.`,
      upgrade(component, serverVersion),
    );
  if (setting === 'left by DISCARD ALL' && !neverDiscards)
    return blocking(
      `${leaves(serverVersion)} The application could then not use tables that it made a moment before.`,
      `${upgrade(component, serverVersion)} If you know that no pool of the application sends either, say so in the catalogue: "alternating: {neverDiscards: true}" of "${component.name}".`,
    );
  if (harmful.length === 0) return undefined;
  return warning(
    `A session of "${component.role}" ran ${harmful.join(', ')}. After an adoption a login role owns what such a session creates.`,
    `Let the application run "SET ROLE ${owner}" instead. Each rotation gives such objects to "${owner}", unless "giveBack: false" forbids it.`,
  );
}

function ignores(serverVersion: number): string {
  return `${nameOf(serverVersion)} ignores ALTER ROLE … SET role at login. A login role acts as itself there, and owns what the application creates.`;
}

function leaves(serverVersion: number): string {
  return `In ${nameOf(serverVersion)} DISCARD ALL and RESET ALL make a session act as its login role, which then owns what the session creates. A pool may send them: PgBouncer in session mode, Npgsql.`;
}

function upgrade({ namespace, cluster }: Component, serverVersion: number): string {
  const major = Math.floor(serverVersion / 10_000);
  const ignoring = IGNORING[major];
  const enough = ignoring === undefined ? '14.15' : `${major}.${ignoring + 1}`;
  return `Upgrade Cluster ${namespace}/${cluster} to PostgreSQL ${enough} or later.`;
}

function nameOf(serverVersion: number): string {
  return `PostgreSQL ${Math.floor(serverVersion / 10_000)}.${serverVersion % 10_000}`;
}
