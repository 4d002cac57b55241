import { log } from '@temporalio/activity';
import { RotationError } from '../domain/failures.ts';
import { describeFinding, judgePreflight, type SecretFacts } from '../domain/preflight.ts';
import { asText } from '../domain/secret-data.ts';
import type { LiveSecret } from '../kubernetes/secrets.ts';
import type { Dependencies } from './dependencies.ts';
import { findSecrets } from './find-secrets.ts';
import type { PreflightResult } from './types.ts';

/** Running it twice is safe: it only reads. */
export async function preflight(deps: Dependencies, input: { readonly component: string }): Promise<PreflightResult> {
  const component = deps.findComponent(input.component);
  const { namespace, secret } = component;
  const [cluster, liveSecret, workloads] = await Promise.all([
    deps.clusters.find(namespace, component.cluster),
    deps.secrets.find(namespace, secret),
    deps.workloads.reading(namespace, [secret]),
  ]);
  const findings = judgePreflight({ component, cluster, secret: liveSecret && secretFacts(liveSecret), workloads });
  const blocking = findings.filter(({ severity }) => severity === 'blocking');
  const [first] = blocking;
  if (first !== undefined) throw new RotationError(first.type, blocking.map(describeFinding).join(' '));
  if (liveSecret === undefined)
    throw new RotationError('SecretAbsent', `Secret ${namespace}/${secret} does not exist.`);
  const found = await findSecrets(deps, component, liveSecret);
  const readers = await deps.workloads.reading(namespace, found.secrets);
  const warnings = [...findings.map(describeFinding), ...found.warnings];
  for (const warning of warnings) log.warn(warning);
  return {
    component,
    secrets: found.secrets,
    workloads: readers.map(({ kind, name, secrets }) => ({ kind, name, secrets })),
    warnings,
  };
}

function secretFacts({ data, labels }: LiveSecret): SecretFacts {
  const text = (key: string): string => asText(data[key] ?? new Uint8Array())?.trim() ?? '';
  return {
    hasUsername: text('username') !== '',
    hasPassword: text('password') !== '',
    username: text('username'),
    hasReloadLabel: 'cnpg.io/reload' in labels,
  };
}
