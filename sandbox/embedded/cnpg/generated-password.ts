import { randomInt } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Kinds, Store } from '../api/index.ts';
import { isOwnedBy, ownerReference, suffix } from '../controllers/pods-of.ts';
import type { DeclaredRole } from './database-role.ts';
import { durationMs, renewBeforeMs, type PasswordConfiguration, type PasswordState } from './password-mode.ts';

const MANAGER = 'Go-http-client';
/** A one-shot request, which the operator takes away when it has generated a password. */
const ROTATE = 'cnpg.io/rotatePassword';
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const DIGITS = '0123456789';
const SYMBOLS = '~!@#$%^&*()_+`-={}|[]\\:"<>?,./';

/**
 * The operator's part of `mode: generate` (`internal/controller/databaserole_password.go` of 1.31's development): writes
 * the Secret first, with its own three keys and no others, then takes a request away, and then the status. The caller
 * notes the Secret's version afterwards.
 */
export function reconcileGenerated(store: Store, role: DeclaredRole): void {
  const { password, name } = role.spec;
  const { secretName } = role.status.password ?? {};
  if (password?.mode !== 'generate') {
    clearRequest(store, role);
    if (secretName !== undefined) deleteOwned(store, role, secretName);
    if (role.status.password !== undefined) writeState(store, role, null);
    return;
  }
  const target = role.spec.passwordSecret?.name ?? '';
  if (secretName !== undefined && secretName !== target) deleteOwned(store, role, secretName);
  const found = store.find('secrets', { namespace: role.key.namespace, name: target });
  if (found !== undefined && !isOwnedBy(found, role.uid)) {
    const message = `Secret "${target}" already exists and is not owned by this DatabaseRole: the password is not generated`;
    if (role.status.password?.message !== message) {
      writeState(store, role, { ...role.status.password, message });
      event(store, role, 'Warning', 'PasswordGenerationSkipped', message);
    }
    return;
  }
  const isDue =
    found === undefined || isRequested(role) || textOf(found, 'password') === '' || untilRenewalMs(role) === 0;
  const text = isDue ? generate(password.criteria) : textOf(found, 'password');
  writeSecret(store, role, found, { username: name, password: text, pgpass: pgpassLine(name, text) });
  if (isDue) {
    clearRequest(store, role);
    const [reason, did] =
      found === undefined
        ? ['PasswordGenerated', 'Generated the password of']
        : ['PasswordRotated', 'Generated a new password for'];
    event(store, role, 'Normal', reason, `${did} role "${name}" into Secret "${target}"`);
  }
  writeState(store, role, stateOf(role, target, isDue));
}

/** In how many milliseconds the password is due for renewal; `undefined`: never. */
export function untilRenewalMs({ spec, status }: DeclaredRole): number | undefined {
  const lifetime = spec.password?.duration === undefined ? undefined : durationMs(spec.password.duration);
  const issuedAt = Date.parse(status.password?.issuedAt ?? '');
  if (spec.password?.mode !== 'generate' || lifetime === undefined || Number.isNaN(issuedAt)) return undefined;
  return Math.max(0, issuedAt + lifetime - renewBeforeMs(spec.password) - Date.now());
}

function stateOf({ spec, status }: DeclaredRole, secretName: string, isNew: boolean): PasswordState {
  const lifetime = spec.password?.duration === undefined ? undefined : durationMs(spec.password.duration);
  const { issuedAt: before, appliedExpiration } = status.password ?? {};
  const issuedAt = isNew ? toSeconds(Date.now()) : before;
  return {
    secretName,
    ...(issuedAt !== undefined && { issuedAt }),
    ...(issuedAt !== undefined && lifetime !== undefined && { expiration: toSeconds(Date.parse(issuedAt) + lifetime) }),
    ...(appliedExpiration !== undefined && { appliedExpiration }),
  };
}

function isRequested({ annotations }: DeclaredRole): boolean {
  return ROTATE in annotations;
}

function clearRequest(store: Store, role: DeclaredRole): void {
  if (!isRequested(role)) return;
  const body = { metadata: { annotations: { [ROTATE]: null } } };
  store.patch('databaseroles', role.key, { type: 'merge', body }, { manager: MANAGER });
}

function writeSecret(
  store: Store,
  { key, uid }: DeclaredRole,
  found: Kinds['secrets'] | undefined,
  texts: Readonly<Record<string, string>>,
): void {
  const { namespace } = key;
  const data = Object.fromEntries(
    Object.entries(texts).map(([one, text]) => [one, Buffer.from(text).toString('base64')]),
  );
  if (found === undefined) {
    const owner = ownerReference('postgresql.cnpg.io/v1', 'DatabaseRole', { name: key.name, uid });
    const metadata = {
      namespace,
      name: secretNameOf(key.name, store, namespace),
      labels: { 'app.kubernetes.io/managed-by': 'cloudnative-pg' },
      ownerReferences: [owner],
    };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/basic-auth', data };
    store.create('secrets', secret, { manager: MANAGER });
    return;
  }
  const removed = Object.keys(found.data ?? {}).filter((one) => !(one in data));
  const isSame = Object.entries(data).every(([one, value]) => found.data?.[one] === value);
  // Where the password stays, so do the keys of others.
  if (isSame) return;
  const isNewPassword = found.data?.['password'] !== data['password'];
  const gone = isNewPassword ? Object.fromEntries(removed.map((one) => [one, null])) : {};
  const patch = { type: 'merge', body: { data: { ...gone, ...data } } } as const;
  store.patch('secrets', { namespace, name: found.metadata?.name ?? '' }, patch, { manager: MANAGER });
}

function secretNameOf(databaseRole: string, store: Store, namespace: string): string {
  const spec = store.get('databaseroles', { namespace, name: databaseRole }).spec as { password?: { secret?: string } };
  return spec.password?.secret ?? `${databaseRole}-password`;
}

function deleteOwned(store: Store, { key, uid }: DeclaredRole, name: string): void {
  const at = { namespace: key.namespace, name };
  const found = store.find('secrets', at);
  if (found !== undefined && isOwnedBy(found, uid)) store.delete('secrets', at);
}

function writeState(store: Store, { key, status }: DeclaredRole, password: PasswordState | null): void {
  if (isDeepStrictEqual(status.password ?? null, password)) return;
  const gone = Object.fromEntries(Object.keys(status.password ?? {}).map((one) => [one, null]));
  const patch = { type: 'merge', body: { status: { password: password && { ...gone, ...password } } } } as const;
  store.patch('databaseroles', key, patch, { subresource: 'status', manager: MANAGER });
}

function event(store: Store, { key, uid }: DeclaredRole, type: string, reason: string, message: string): void {
  const at = toSeconds(Date.now());
  store.create(
    'events',
    {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: key.namespace, name: `${key.name}.${suffix()}${suffix()}` },
      involvedObject: { apiVersion: 'postgresql.cnpg.io/v1', kind: 'DatabaseRole', ...key, uid },
      type,
      reason,
      message,
      source: { component: 'database-role' },
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    },
    { manager: MANAGER },
  );
}

function textOf({ data }: Kinds['secrets'], name: string): string {
  return Buffer.from(data?.[name] ?? '', 'base64').toString('utf8');
}

/** No character twice, as the default criteria want it. */
function generate(criteria: PasswordConfiguration['criteria']): string {
  const { length, digits = Math.min(10, Math.floor(length / 4)), symbols } = criteria ?? { length: 24, symbols: 0 };
  const characters = [...draw(DIGITS, digits), ...draw(SYMBOLS, symbols), ...draw(LETTERS, length - digits - symbols)];
  return draw(characters.join(''), characters.length).join('');
}

function draw(from: string, count: number): string[] {
  const left = [...from];
  return Array.from({ length: count }, () => left.splice(randomInt(left.length), 1)[0] ?? '');
}

function pgpassLine(user: string, password: string): string {
  const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll(':', '\\:');
  return `*:5432:*:${escaped(user)}:${escaped(password)}\n`;
}

function toSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}
