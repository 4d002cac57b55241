import { randomBytes } from 'node:crypto';
import type { World } from '../sandbox/harness/world.ts';
import type { Component } from '../src/domain/component.ts';

/** What the hand writes into a component's Secret: a new password wherever the old one stands. */
export async function withNewPassword(world: World, component: Component): Promise<Record<string, string>> {
  const old = await world.secret(component);
  const password = randomBytes(24).toString('base64url');
  return Object.fromEntries(
    Object.entries(old).map(([key, value]) => [key, value.replaceAll(old['password'] ?? '', password)]),
  );
}
