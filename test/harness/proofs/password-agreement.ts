import type { Component } from '../../../src/domain/component.ts';
import { processesOf } from './node-processes.ts';
import { fingerprint } from './fingerprint.ts';
import type { World } from '../../../sandbox/harness/world.ts';

/** What has to be true after every rotation, however it ended. Passwords are named by their fingerprints only. */
export interface ExpectedPasswords {
  /** The one that has to be valid, where the test knows it. */
  readonly valid?: string;
  /** Those that have to be invalid. */
  readonly invalid?: readonly string[];
}

/**
 * That exactly one password is valid, and that the database, the live Secret (its URI too) and the environment of every
 * pod of the application agree on it.
 * @returns the password.
 */
export async function expectExactlyOnePassword(
  world: World,
  component: Component,
  expected: ExpectedPasswords = {},
): Promise<string> {
  expect(await findDisagreements(world, component, expected)).toEqual([]);
  return world.password(component);
}

export function passwordsOf(world: World, components: readonly Component[]): Promise<readonly string[]> {
  return Promise.all(components.map((component) => world.password(component)));
}

/** That of each component exactly one password is valid, and the one of before is invalid. */
export async function expectNewPasswords(
  world: World,
  components: readonly Component[],
  old: readonly string[],
): Promise<void> {
  for (const [index, component] of components.entries())
    await expectExactlyOnePassword(world, component, { invalid: [old[index] ?? ''] });
}

/** Where something differs from the live Secret's password, or from what is expected of it; empty when all is one. */
export async function findDisagreements(
  world: World,
  component: Component,
  { valid, invalid = [] }: ExpectedPasswords = {},
): Promise<string[]> {
  const { username, password = '', uri = '' } = await world.secret(component);
  const found: string[] = [];
  if (username !== component.role) found.push(`the Secret names the user ${username ?? ''}`);
  if (valid !== undefined && password !== valid)
    found.push(`the Secret holds ${fingerprint(password)}, not ${fingerprint(valid)}`);
  if (!uri.includes(`:${encodeURIComponent(password)}@`)) found.push('the URI holds another password');
  if (!(await world.accepts(component, password))) found.push('the database refuses what the Secret holds');
  for (const other of invalid) {
    if (other === password) found.push(`the Secret holds ${fingerprint(other)}, which should be invalid`);
    else if (await world.accepts(component, other)) found.push(`the database accepts ${fingerprint(other)}`);
  }
  const pods = await world.applicationPods(component);
  if (pods.length === 0) found.push('the application has no pod');
  for (const { name, uid, ready } of pods) {
    if (!ready) found.push(`pod ${name} is not ready`);
    const environment = processesOf(uid).flatMap((process) => process.environment);
    if (!environment.some((variable) => variable.includes(password)))
      found.push(`pod ${name} does not have the Secret's password in its environment`);
    for (const other of invalid)
      if (environment.some((variable) => variable.includes(other)))
        found.push(`pod ${name} has ${fingerprint(other)} in its environment`);
  }
  return found;
}
