import { readFileSync } from 'node:fs';

type Texts = Readonly<Record<string, string>>;

/** What one Reloader does when Secret `apps/litellm-db-secret` changes, which the workload's pods read. */
export interface ReloaderCase {
  readonly case: string;
  /** Where Reloader's own source or documents say it. */
  readonly source: string;
  /** Default `Deployment`. */
  readonly kind?: string;
  readonly version?: string;
  readonly args?: readonly string[];
  /** Its variable KUBERNETES_NAMESPACE. */
  readonly onlyNamespace?: string;
  readonly workload?: Texts;
  readonly template?: Texts;
  readonly secret?: Texts;
  readonly secretLabels?: Texts;
  readonly namespaceLabels?: Texts;
  readonly reacts: boolean;
}

/** The product, the embedded Reloader and the stand-in of the real sandbox all have to agree with this table. */
export const RELOADER_CASES = JSON.parse(
  readFileSync(new URL('./reloader-cases.json', import.meta.url), 'utf8'),
) as readonly ReloaderCase[];
