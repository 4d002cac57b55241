import {
  adoptionNames,
  entryOf,
  passwordSecretOf,
  type AdoptionRecord,
  type RoleSpec,
} from '../../domain/adopt/index.ts';
import type { Component } from '../../domain/component.ts';
import { BEFORE_ADOPTION } from '../../domain/marks.ts';
import type { LiveSecret, Secrets } from '../../kubernetes/secrets.ts';
import { orUnknown } from '../gather/look-up.ts';
import type { SeenSecrets } from '../gather/seen-secrets.ts';
import { isOurs } from './role-secrets.ts';

/*
 * An adoption notes on the owner's Secret how CNPG got the owner's password before. There is one such note for a
 * component, and whoever starts the next adoption or the undoing may give another name for that Secret, or none. So the
 * note is looked for where the Cluster points, and among the Secrets of the namespace, before a name is chosen.
 */

/** The note of before, and the Secrets that hold it. */
export interface NoteOfBefore {
  readonly record: AdoptionRecord;
  /** The Secret with the record comes last. The others have a note that leads there. */
  readonly secrets: readonly string[];
}

/** The annotation of a Secret as a record; undefined where the Secret has none. */
function recordIn(secret: LiveSecret | undefined): AdoptionRecord | undefined {
  const text = secret?.annotations[BEFORE_ADOPTION];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as AdoptionRecord;
  } catch {
    return undefined;
  }
}

/**
 * The note on the owner's Secret. A note that says that CNPG read another adoption's Secret before is no note of before:
 * then the note of that Secret counts.
 */
export async function readNote(
  { secrets }: { readonly secrets: Pick<Secrets, 'find'> },
  component: Component,
  ownerSecret: string,
): Promise<NoteOfBefore | undefined> {
  const seen: string[] = [];
  let note: NoteOfBefore | undefined;
  for (let name: string | undefined = ownerSecret; name !== undefined && !seen.includes(name);) {
    seen.push(name);
    const live = await secrets.find(component.namespace, name);
    const record = live !== undefined && isOurs(live, component) ? recordIn(live) : undefined;
    if (record === undefined) break;
    note = { record, secrets: [...(note?.secrets ?? []), name] };
    name = record.passwordSecret ?? record.bootstrap?.secret;
  }
  return note;
}

/**
 * The name of the Secret from which CNPG sets the owner's password: that of the earlier adoption where there was one, else
 * the name that was asked for.
 */
export async function ownerSecretName(
  secrets: SeenSecrets,
  component: Component,
  asked: string | undefined,
  spec: RoleSpec | undefined,
): Promise<string> {
  const { owner, ownerSecret } = adoptionNames(component, asked);
  const { namespace } = component;
  const declared = spec && [passwordSecretOf(entryOf(spec, owner)), spec.bootstrap?.secret];
  const listed = [...secrets.all.values()].filter((one) => one.namespace === namespace && isOurs(one, component));
  const candidates = [...(declared ?? []), ownerSecret, ...listed.map(({ name }) => name).sort()];
  for (const name of new Set(candidates)) {
    if (name === undefined) continue;
    // A Secret that may not be read is no evidence.
    const live = await orUnknown(secrets.find(namespace, name));
    if (live === 'unknown' || live === undefined) continue;
    if (isOurs(live, component) && recordIn(live) !== undefined) return name;
  }
  return ownerSecret;
}

/** Whether CNPG sets the owner's password from this Secret, by one of its two ways. */
export function isDeclared(spec: RoleSpec, owner: string, ownerSecret: string): boolean {
  return passwordSecretOf(entryOf(spec, owner)) === ownerSecret || spec.bootstrap?.secret === ownerSecret;
}
