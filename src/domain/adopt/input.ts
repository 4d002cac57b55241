import { z } from 'zod';
import { componentName, kubernetesName, parseInput, plainText } from '../rotation/input.ts';

const adoptAlternatingInput = z.strictObject({
  component: componentName,
  /** Go back: the owner logs in again, and the login roles are dropped. */
  undo: z.boolean().default(false),
  /** Report what the adoption would do, and change nothing. */
  dryRun: z.boolean().default(false),
  /** CNPG is to set the owner's password from this Secret. Default: `<component>-owner-role`. */
  ownerSecret: kubernetesName.optional(),
  /** End the sessions of the old role that do not end by themselves. */
  endOldSessions: z.boolean().default(false),
  /** The reason, for the report. */
  reason: plainText(500).optional(),
  /** Who starts the adoption, for the report. */
  startedBy: plainText(200).min(1).optional(),
});

/** The one argument of the workflow `adoptAlternating`. */
export type AdoptAlternatingInput = z.input<typeof adoptAlternatingInput>;
export type AdoptAlternatingRequest = z.output<typeof adoptAlternatingInput>;

/** @throws RotationError `InvalidInput`, naming each bad field. */
export function parseAdoptAlternatingInput(input: unknown): AdoptAlternatingRequest {
  return parseInput('adoptAlternating', adoptAlternatingInput, input, '{"component":"litellm"}');
}
