import { log } from '@temporalio/activity';
import { generatorOf } from '../../domain/cluster.ts';
import type { Client, ClientSessions } from '../../domain/consumers/clients.ts';
import { returnableAmong } from '../../domain/ownership.ts';
import { toPoolerInUse, type PoolerInUse } from '../../domain/poolers/pooler.ts';
import { judgePreflight, toReader, publishSeconds, type PreflightFacts } from '../../domain/preflight/index.ts';
import { blocks, describeFinding, Refusal } from '../../domain/finding.ts';
import type { Dependencies } from '../dependencies.ts';
import { tellMissingRights } from '../gather/missing-rights.ts';
import { resolveComponent } from '../gather/resolve-component.ts';
import { readSituation } from '../gather/situation.ts';
import type { ComponentInput, PreflightResult } from '../types/index.ts';

/** The pods of a client are looked up again at the end, when other pods may have the addresses. */
function toSessions({ address, applicationName, role, sessions, since }: Client): ClientSessions {
  return {
    ...(address !== undefined && { address }),
    ...(applicationName !== undefined && { applicationName }),
    role,
    sessions,
    since,
  };
}

/** Without what was tried, which is judged. */
export function carriedPoolers({ poolers }: Pick<PreflightFacts, 'poolers'>): { poolers?: readonly PoolerInUse[] } {
  if (poolers === 'unknown' || poolers.length === 0) return {};
  return { poolers: poolers.map(toPoolerInUse) };
}

function hasObjectsToGive({ component, turns }: PreflightFacts): boolean {
  return turns !== undefined && turns.held !== 'unknown' && returnableAmong(component, turns.held).length > 0;
}

/** Running it twice is safe: it only reads. */
export async function preflight(deps: Dependencies, input: ComponentInput): Promise<PreflightResult> {
  const component = resolveComponent(deps, input);
  const { facts, changing } = await tellMissingRights(deps, component, readSituation(deps, component));
  const findings = judgePreflight(facts);
  const blocking = findings.filter(blocks);
  if (blocking.length > 0) throw new Refusal(blocking);
  const warnings = findings.map(describeFinding);
  for (const warning of warnings) log.warn(warning);
  const { plan, passwordAt } = facts;
  const generatedBy =
    facts.cluster && facts.turns === undefined ? generatorOf(facts.cluster, component.role) : undefined;
  const others = facts.consumers.filter(({ treatment }) => treatment !== 'restarted');
  const roleSecretsInGit = facts.gitops?.roleSecrets ?? [];
  const gitPublishSeconds = facts.gitops === undefined ? undefined : publishSeconds(facts.gitops);
  return {
    // The cluster is known: an unknown cluster would have blocked.
    kubernetes: await deps.kubernetes(),
    component,
    secrets: changing,
    plan,
    passwordAt: passwordAt ?? { secret: component.secret, key: 'password', within: '' },
    workloads: [...facts.workloads, ...facts.podOwners].map((one) => toReader(component, facts.oldPodsLogIn, one)),
    ...(others.length > 0 && { consumers: others }),
    turn: facts.turns?.turn,
    ...(generatedBy !== undefined && { generatedBy }),
    roleAttributes: facts.roleAttributes,
    ...(facts.clients !== 'unknown' && { clients: facts.clients.clients.map(toSessions) }),
    ...(roleSecretsInGit.length > 0 && { roleSecretsInGit }),
    ...(gitPublishSeconds !== undefined && { gitPublishSeconds }),
    ...(hasObjectsToGive(facts) && { reassigns: true as const }),
    ...(facts.surroundings.operatorAnswers === false && { operatorAway: true as const }),
    ...carriedPoolers(facts),
    warnings,
  };
}
