import pc from 'picocolors';
import { describeClient, type Client } from '../domain/consumers/clients.ts';
import { objectName, managedLogins, workloadLabel, type ConsumerRef } from '../domain/component.ts';
import type { Consumer } from '../domain/consumers/consumer.ts';
import type {
  CatalogueDiagnosis,
  Diagnosis,
  FailedDiagnosis,
  PlanEntry,
  RotationPlan,
} from '../domain/rotation/diagnosis.ts';
import { blocks, type Finding } from '../domain/finding.ts';
import { describePlace } from '../domain/secret-plan/plan.ts';

/** One block for each component. Blocking findings come first. Each finding shows its remedy. */
export function checkText({ components }: CatalogueDiagnosis): string {
  return components.map(block).join('\n\n');
}

/** Whether a rotation of every component may begin. */
export function mayRotate({ components }: CatalogueDiagnosis): boolean {
  return components.every((one) => 'findings' in one && !one.findings.some(blocks));
}

function block(one: Diagnosis | FailedDiagnosis): string {
  if ('failure' in one) {
    const { type, message } = one.failure;
    return `${pc.bold(one.component)}: ${pc.red('could not be checked')}\n${entry(pc.red('✗'), type, message)}`;
  }
  const { component, where, findings, plan, clients = [] } = one;
  const roles = managedLogins(where).map(({ role }) => role);
  const at = `role ${roles.join(' and ')} on ${objectName('Cluster', where.namespace, where.cluster)}`;
  return [
    `${pc.bold(component)}: ${verdict(findings)} ${pc.dim(`(${at})`)}`,
    ...findings.map(findingText),
    ...planLines(plan, where),
    ...clients.map(clientLine),
  ].join('\n');
}

/** What a rotation would do, in the order of its steps. */
function planLines(
  { changes, leftAlone, unclear, workloads, consumers = [], texts = [] }: RotationPlan,
  where: Diagnosis['where'],
): readonly string[] {
  const entryText = ({ secret, why, ...place }: PlanEntry): string =>
    `Secret ${secret}, ${describePlace(place)}: ${why}`;
  return [
    ...(where.hook
      ? [`  ${pc.green('→')} asks the ${where.hook.label} first, for at most ${where.hook.seconds} s`]
      : []),
    ...changes.map((one) => `  ${pc.green('→')} changes ${one.meaning ?? 'password'} in ${entryText(one)}`),
    ...workloads.map((one) => `  ${pc.green('→')} restarts ${workloadLabel(where, one)}, by ${one.restartedBy}`),
    ...consumers.map(consumerText),
    ...texts.map(({ holder, where: at, why }) => `  ${pc.dim('·')} leaves alone ${nameOf(holder)}, ${at}: ${why}`),
    ...unclear.map((one) => `  ${pc.red('?')} not clear: ${entryText(one)}`),
    ...leftAlone.map((one) => `  ${pc.dim('·')} leaves alone ${entryText(one)}`),
  ];
}

function clientLine(client: Client): string {
  const sign = client.is === 'unknown' ? pc.yellow('?') : pc.dim('·');
  return `  ${sign} logged in: ${describeClient(client)}${client.is === 'unknown' ? ', not known' : ''}`;
}

/** What happens to a consumer that is no workload. */
function consumerText(consumer: Consumer): string {
  const { kind, pods, treatment } = consumer;
  const what = `${nameOf(consumer)}${kind === 'Pod' ? '' : ` (${pods.join(', ')})`}`;
  return treatment === 'waited for'
    ? `  ${pc.green('→')} waits for ${what}`
    : `  ${pc.dim('·')} does not restart ${what}`;
}

function nameOf({ kind, namespace, name }: ConsumerRef): string {
  return objectName(kind, namespace, name);
}

function verdict(findings: readonly Finding[]): string {
  const blocking = findings.filter(blocks).length;
  if (blocking > 0) return pc.red('cannot be rotated');
  return findings.length === 0 ? pc.green('ready') : pc.yellow('ready, with warnings');
}

/** A finding in two lines: what is wrong, and how to mend it. */
export function findingText(found: Finding): string {
  const sign = blocks(found) ? pc.red('✗') : pc.yellow('!');
  return `${entry(sign, found.rule, found.message)}\n      ${pc.cyan(found.mend)}`;
}

function entry(sign: string, type: string, message: string): string {
  return `  ${sign} ${type}: ${message}`;
}
