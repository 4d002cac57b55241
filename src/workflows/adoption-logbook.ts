import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { AdoptionPreflight } from '../activities/types/index.ts';
import {
  catalogueAdvice,
  type AdoptAlternatingRequest,
  type AdoptionOutcome,
  type AdoptionReport,
  type Direction,
} from '../domain/adopt/index.ts';
import type { Strategy } from '../domain/component.ts';
import { describeFinding, blocks } from '../domain/finding.ts';
import type { Outcome } from '../domain/rotation/report.ts';
import type { Cause } from '../domain/failures.ts';
import { detailsMarkdown } from '../domain/rotation/details.ts';
import { Logbook } from './logbook.ts';
import { countAdoption } from './metrics.ts';

/** The rotation's outcome that stands for an adoption's outcome, for code that knows only rotations. */
const AS_ROTATION: Readonly<Record<AdoptionOutcome, Outcome>> = {
  adopted: 'rotated',
  undone: 'rotated',
  planned: 'unchanged',
  unchanged: 'unchanged',
  'rolled-back': 'rolled-back',
  'needs-attention': 'needs-attention',
};

/** An adoption's report while it is being written: the report of its turn, and an adoption's own parts. */
export class AdoptionLogbook {
  /** The part of the report that a rotation's steps write. */
  readonly turn: Logbook;
  readonly direction: Direction;
  #found: Pick<AdoptionReport, 'findings' | 'plan' | 'patch' | 'manifests'> & Partial<Pick<AdoptionReport, 'names'>> = {
    findings: [],
    plan: [],
    patch: '',
    manifests: '',
  };
  #outcome: AdoptionReport['outcome'] = 'running';
  #catalogueStrategy: Strategy | undefined;

  constructor(
    id: string,
    private readonly request: AdoptAlternatingRequest,
  ) {
    const { workflowId, runId } = workflowInfo();
    const { component, reason, startedBy } = request;
    this.direction = request.undo ? 'undo' : 'adopt';
    this.turn = new Logbook({ rotation: id, workflowId, runId, component, reason, startedBy, strategy: 'alternating' });
  }

  report(): AdoptionReport {
    return {
      ...this.turn.report(),
      ...this.#found,
      direction: this.direction,
      dryRun: this.request.dryRun,
      outcome: this.#outcome,
    };
  }

  found(found: AdoptionPreflight): void {
    const { names, findings, plan, patch, manifests } = found;
    this.#catalogueStrategy = found.catalogueStrategy;
    this.#found = { names, findings, plan, patch, manifests };
    const warnings = findings.filter((finding) => !blocks(finding)).map(describeFinding);
    this.turn.resolved({ ...found, plan: found.changes, warnings });
  }

  end(outcome: AdoptionOutcome, because?: { readonly cause: Cause; readonly advice?: string }): AdoptionReport {
    this.turn.end(AS_ROTATION[outcome], because);
    this.#outcome = outcome;
    const next = this.#catalogueStrategy && catalogueAdvice(this.request.component, outcome, this.#catalogueStrategy);
    const report = { ...this.report(), ...(next !== undefined && { advice: next }) };
    setCurrentDetails(detailsMarkdown(report));
    countAdoption(report);
    return report;
  }
}
