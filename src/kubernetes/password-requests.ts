import { z } from 'zod';
import { objectName } from '../domain/component.ts';
import { FENCED } from '../domain/marks.ts';
import { RotationError } from '../domain/failures.ts';
import { describeIssues } from '../domain/rotation/input.ts';
import type { KubernetesConnection } from './connection.ts';
import { DATABASE_ROLES, patchDatabaseRole } from './database-roles.ts';
import { isNotFound } from './errors.ts';

/** Asks CNPG 1.31 once for another generated password. CNPG takes the annotation away when there is one. */
const ROTATE_PASSWORD = 'cnpg.io/rotatePassword';

const schema = z.object({
  metadata: z.object({
    resourceVersion: z.string(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({ password: z.object({ mode: z.string() }).optional() }),
  status: z.object({ password: z.object({ message: z.string().optional() }).optional() }).default({}),
});

/** A DatabaseRole, as far as a request for a password needs it, at one version. */
export interface RequestedPassword {
  readonly resourceVersion: string;
  /** `spec.password.mode`; absent where the DatabaseRole has no such stanza. */
  readonly mode?: string;
  /** The value of a request that CNPG has not taken yet. */
  readonly request?: string;
  /** Why CNPG generates no password now. */
  readonly message?: string;
}

/** Requests for a generated password, which stand on a DatabaseRole. */
export class PasswordRequests {
  constructor(private readonly connection: KubernetesConnection) {}

  /** @returns `undefined` where there is no such DatabaseRole. */
  async find(namespace: string, name: string): Promise<RequestedPassword | undefined> {
    const described = objectName('DatabaseRole', namespace, name);
    const object = await this.connection.call<unknown>(
      `read ${described}`,
      (options) => this.connection.custom.getNamespacedCustomObject({ ...DATABASE_ROLES, namespace, name }, options),
      (error) => (isNotFound(error) ? 'absent' : undefined),
    );
    if (object === 'absent') return undefined;
    const { success, data, error } = schema.safeParse(object);
    if (!success) {
      throw new RotationError(
        'KubernetesRejected',
        `${described} does not look like a CNPG DatabaseRole (${describeIssues(error)}).`,
      );
    }
    return {
      resourceVersion: data.metadata.resourceVersion,
      mode: data.spec.password?.mode,
      request: data.metadata.annotations[ROTATE_PASSWORD],
      message: data.status.password?.message,
    };
  }

  /**
   * Sets a request, or takes a request away.
   * @param change.request its value; `null` takes it away.
   * @param change.fencedBy the rotation whose late requests must not land any more.
   * @returns false when the DatabaseRole no longer has this version.
   */
  async change(
    namespace: string,
    name: string,
    change: {
      readonly resourceVersion: string;
      readonly request: string | null;
      readonly fencedBy?: string | undefined;
    },
  ): Promise<boolean> {
    const { resourceVersion, request, fencedBy } = change;
    const annotations = { [ROTATE_PASSWORD]: request, ...(fencedBy !== undefined && { [FENCED]: fencedBy }) };
    const body = { metadata: { resourceVersion, annotations } };
    return patchDatabaseRole(this.connection, 'annotate', namespace, name, body);
  }
}
