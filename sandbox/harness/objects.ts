import type { V1Secret } from '@kubernetes/client-node';

/** A staging Secret, as far as tests look at it. */
export interface Staged {
  readonly previous: string;
  readonly pending: string;
  /** Whether the rotation ended and left it for somebody to look at. */
  readonly needsAttention: boolean;
}

/** A pod of a component's application. */
export interface ApplicationPod {
  readonly name: string;
  readonly uid: string;
  readonly ready: boolean;
  /** The last that it printed. */
  readonly lastLine: string;
}

/** CNPG's Cluster, as far as tests look at it. */
export interface ClusterObject {
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  readonly spec: unknown;
  readonly status?: {
    readonly phase?: string;
    readonly readyInstances?: number;
    readonly currentPrimary?: string;
    readonly targetPrimary?: string;
    readonly instanceNames?: readonly string[];
    readonly managedRolesStatus?: {
      readonly passwordStatus?: Record<string, { readonly resourceVersion?: string }>;
      readonly cannotReconcile?: Record<string, readonly string[]>;
    };
  };
}

/** What a Secret holds, decoded. */
export function textOf({ data = {} }: V1Secret): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}
