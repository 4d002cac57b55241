import { z } from 'zod';

/** A Reloader of the world's own, for its namespaces alone. */
const reloader = z.strictObject({
  /** As in its container: `--auto-reload-all`. */
  args: z.array(z.string().min(1)).default([]),
  /** Of its image, such as `v1.4.16`. Default: the newest. */
  version: z
    .string()
    .regex(/^v\d+\.\d+\.\d+$/)
    .optional(),
});

/** The world's own Reloaders. The embedded sandbox's Reloader then leaves the world alone. */
export const reloadersSection = z
  .strictObject({
    are: z.array(reloader).min(1),
    /** Whether the worker may read their arguments, and the labels of namespaces. */
    seen: z.boolean().default(true),
  })
  .optional();

export type Reloaders = NonNullable<z.output<typeof reloadersSection>>;
