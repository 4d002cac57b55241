import type { SecretReader } from '../component.ts';
import type { PlannedRestart, PlanEntry, RotationPlan } from './diagnosis.ts';
import { markdownTable } from '../text/markdown.ts';
import type { PreflightFacts } from '../preflight/index.ts';
import { describePlace, type SecretPlan, type UntouchedPlace } from '../secret-plan/plan.ts';

/** What a rotation of the component would do, according to preflight's facts. */
export function toRotationPlan({
  plan,
  workloads,
  podOwners,
  consumers,
  literals,
}: Pick<PreflightFacts, 'plan' | 'workloads' | 'podOwners' | 'consumers' | 'literals'>): RotationPlan {
  return {
    changes: plan.changes.map(({ secret, place: { key, within, meaning }, why }) => {
      return { secret, key, within, meaning: meaning === 'user' ? 'user' : 'password', why };
    }),
    leftAlone: plan.leftAlone.map(toEntry),
    unclear: plan.unclear.map(toEntry),
    workloads: [
      ...workloads.map((one) => toRestart(one, one.watchedByReloader ? 'Reloader' : 'the rotation')),
      ...podOwners.map((one) => toRestart(one, 'the rotation')),
    ],
    consumers: consumers.filter(({ treatment }) => treatment !== 'restarted'),
    texts: literals.map(({ holder, where, why }) => ({ holder, where, why })),
  };
}

/** The plan for the person who approves the rotation in the Web UI. */
export function planMarkdown({ changes, leftAlone }: Pick<SecretPlan, 'changes' | 'leftAlone'>): string {
  const rows = [
    ...changes.map(({ secret, place, why }) => ['changes', secret, describePlace(place), why]),
    ...leftAlone.map(({ secret, why, ...place }) => ['left alone', secret, describePlace(place), why]),
  ];
  return markdownTable(['plan', 'Secret', 'where', 'why'], rows);
}

/** The plan as lines, for a page that draws tables badly. */
export function planLines({ changes, leftAlone }: Pick<SecretPlan, 'changes' | 'leftAlone'>): readonly string[] {
  return [
    ...changes.map(({ secret, place, why }) => `changes Secret ${secret}, ${describePlace(place)}: ${why}`),
    ...leftAlone.map(({ secret, why, ...place }) => `leaves alone Secret ${secret}, ${describePlace(place)}: ${why}`),
  ];
}

function toRestart(
  { kind, namespace, name, secrets }: SecretReader,
  restartedBy: PlannedRestart['restartedBy'],
): PlannedRestart {
  return { kind, namespace, name, secrets, restartedBy };
}

function toEntry({ secret, key, within, why }: UntouchedPlace): PlanEntry {
  return { secret, key, within, why };
}
