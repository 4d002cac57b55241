import { setCurrentDetails } from '@temporalio/workflow';
import type { PreflightResult, VerifyResult } from '../activities/types/index.ts';
import { BUDGET_SECONDS, TOTAL_BUDGET_SECONDS } from '../domain/budgets.ts';
import type { Component } from '../domain/component.ts';
import type { ClientSessions, PodAddress } from '../domain/consumers/clients.ts';
import { mergeLeftBehind, type LeftBehind } from '../domain/consumers/left-behind.ts';
import type { Finding } from '../domain/finding.ts';
import { describeChange, haveSameAttributes } from '../domain/proofs/role-attributes.ts';
import type { Approval, Outcome, RotationReport, StepRecord } from '../domain/rotation/report.ts';
import type { Cause } from '../domain/failures.ts';
import type { Step, Target } from '../domain/steps.ts';
import { placedWorkloads } from '../domain/rotation/rotation.ts';
import { describeTakeOver, type TookOver } from '../domain/rotation/took-over.ts';
import { detailsMarkdown } from '../domain/rotation/details.ts';
import { findingsOf, toCause } from './cause.ts';
import { remember } from './memo.ts';
import type { SearchAttributeValues } from './search-attributes.ts';

type Draft = { -readonly [Key in keyof RotationReport]: RotationReport[Key] };

/** How a step differs from other steps. */
interface Special {
  /** The budget of a step that waits for a person. */
  readonly budgetSeconds?: number;
  /** What the step waits for. */
  readonly detail?: string;
  /** The role of a step that is about one of two login roles. */
  readonly role?: string;
}

/** What preflight says of a rotation. */
type Resolved = Omit<PreflightResult, 'kubernetes' | 'passwordAt'> & Partial<Pick<PreflightResult, 'kubernetes'>>;

/** The rotation's report while it is being written: what has happened so far. Every entry also goes to the Web UI. */
export class Logbook {
  readonly #draft: Draft;
  readonly #steps: StepRecord[] = [];
  #clients: readonly PodAddress[] = [];
  #ownAddresses: readonly string[] = [];
  /** Warnings of a look give way to those of the next look. These stay. */
  #lasting: readonly string[] = [];
  #seenBefore: readonly ClientSessions[] | undefined;
  #wroteAt: string | undefined;
  #isGenerated = false;
  #setAttributes: (values: SearchAttributeValues) => void = () => undefined;

  constructor(
    opening: Pick<
      RotationReport,
      'rotation' | 'workflowId' | 'runId' | 'component' | 'reason' | 'startedBy' | 'strategy'
    >,
    /** Counts the report when it is complete. */
    private readonly count: (report: RotationReport) => void = () => undefined,
  ) {
    this.#draft = {
      ...opening,
      source: 'kubernetes',
      secrets: [],
      workloads: [],
      outcome: 'running',
      startedAt: now(),
      budgetSeconds: TOTAL_BUDGET_SECONDS,
      steps: this.#steps,
      warnings: [],
    };
  }

  /** From this call on, a search can find the rotation by what is in its report. */
  findableBy(setAttributes: (values: SearchAttributeValues) => void): void {
    this.#setAttributes = setAttributes;
  }

  report(): RotationReport {
    return { ...this.#draft, steps: [...this.#steps] };
  }

  resolved({
    kubernetes,
    component,
    secrets,
    plan,
    workloads,
    turn,
    roleAttributes,
    clients,
    generatedBy,
    warnings,
  }: Resolved): void {
    this.#isGenerated = generatedBy !== undefined;
    this.#seenBefore = clients ?? this.#seenBefore;
    const { strategy } = component;
    const source = component.gitops === undefined ? 'kubernetes' : 'gitops';
    Object.assign(this.#draft, {
      where: component,
      kubernetes,
      strategy,
      source,
      secrets,
      secretPlan: plan,
      workloads: placedWorkloads(component, workloads),
      warnings: [...this.#lasting, ...warnings],
      turn,
      // The second look, after an approval, may not have seen the attributes.
      ...(roleAttributes && { roleAttributes: { before: roleAttributes } }),
    });
    const cluster = `${component.namespace}/${component.cluster}`;
    this.#setAttributes({ component: component.name, cluster });
    remember({ cluster, secrets: secrets.join(', '), role: component.role });
  }

  verified({ refusedLogins, roleAttributes: after, leftBehind, warnings }: VerifyResult): void {
    const before = this.#draft.roleAttributes?.before;
    if (before !== undefined && after !== undefined) {
      this.#draft.roleAttributes = { before, after };
      if (!haveSameAttributes(before, after, this.#isGenerated)) this.warn(describeChange(before, after));
    }
    if (refusedLogins !== undefined) this.#draft.refusedLogins = refusedLogins;
    if (leftBehind !== undefined) this.leavesBehind(leftBehind);
    for (const warning of warnings) this.warn(warning);
  }

  /** Notes a lock that was taken over, and what was brought along. */
  tookOver(component: Component, tookOver: TookOver): void {
    this.#draft.tookOver = [...(this.#draft.tookOver ?? []), tookOver];
    const warnings = describeTakeOver(component, tookOver);
    this.#lasting = [...this.#lasting, ...warnings];
    for (const warning of warnings) this.warn(warning);
  }

  /** Adds clients to those that are left behind already. */
  leavesBehind(clients: readonly LeftBehind[]): void {
    const all = mergeLeftBehind(this.#draft.leftBehind ?? [], clients);
    if (all.length > 0) this.#draft.leftBehind = all;
  }

  /** On the way back nobody is left behind: the old password becomes the valid one again. */
  leavesNobodyBehind(): void {
    delete this.#draft.leftBehind;
  }

  /** Notes when the rotation began to write, by the clock of the worker that wrote first. */
  wrote(startedAt: string | undefined): void {
    this.#wroteAt ??= startedAt;
  }

  wroteAt(): string | undefined {
    return this.#wroteAt;
  }

  seenBefore(): readonly ClientSessions[] | undefined {
    return this.#seenBefore;
  }

  /** When the first write to a live Secret began: refused logins count from here. */
  publishedAt(): string {
    const first = this.#steps.find(({ step }) => step === 'prepare' || step === 'generate' || step === 'publish');
    return first?.startedAt ?? this.#draft.startedAt;
  }

  /** Adds clients to the clients that were seen before. @returns all of them. */
  seen(clients: readonly PodAddress[]): readonly PodAddress[] {
    this.#clients = [...this.#clients, ...clients];
    return this.#clients;
  }

  /** Notes the addresses from which a worker logged in. */
  loggedInFrom(addresses: readonly string[]): void {
    this.#ownAddresses = [...new Set([...this.#ownAddresses, ...addresses])];
  }

  ownAddresses(): readonly string[] {
    return this.#ownAddresses;
  }

  approved(approval: Approval): void {
    this.#draft.approval = approval;
  }

  diagnosed(diagnosis: readonly Finding[]): void {
    this.#draft.diagnosis = diagnosis;
  }

  warn(warning: string): void {
    this.#draft.warnings = [...this.#draft.warnings, warning];
  }

  /** Says what the running step waits for. */
  note(detail: string): void {
    const index = this.#steps.length - 1;
    const running = this.#steps[index];
    if (running?.outcome === 'running') this.#write(index, { ...running, detail });
  }

  /** Runs a step and writes down its time and its result, as `describe` puts it. */
  async step<T>(
    step: Step,
    target: Target,
    run: () => Promise<T>,
    describe: (result: T) => string,
    special?: Special,
  ): Promise<T> {
    const index = this.#steps.length;
    const startedAt = now();
    const opened: StepRecord = { step, target, startedAt, budgetSeconds: BUDGET_SECONDS[step], outcome: 'running' };
    this.#write(index, { ...opened, ...special });
    try {
      const result = await run();
      this.#write(index, { ...opened, ...special, ...ended(startedAt), outcome: 'done', detail: describe(result) });
      return result;
    } catch (error) {
      const findings = findingsOf(error);
      if (findings !== undefined) this.diagnosed(findings);
      const detail = findings?.map(({ rule }) => rule).join(', ') ?? toCause(error).message;
      this.#write(index, { ...opened, ...special, ...ended(startedAt), outcome: 'failed', detail });
      throw error;
    }
  }

  end(outcome: Outcome, because?: { readonly cause: Cause; readonly advice?: string }): RotationReport {
    const { endedAt, seconds } = ended(this.#draft.startedAt);
    Object.assign(this.#draft, { outcome, endedAt, seconds: seconds - this.#waited(), ...because });
    setCurrentDetails(detailsMarkdown(this.report()));
    this.#setAttributes({ component: this.#draft.component, outcome });
    const report = this.report();
    this.count(report);
    return report;
  }

  /** How many seconds the rotation waited for a person, a hook and Jobs. None of them is part of the budget. */
  #waited(): number {
    return this.#steps
      .filter(({ step }) => step === 'approve' || step === 'hook' || step === 'wait')
      .reduce((sum, { seconds = 0 }) => sum + seconds, 0);
  }

  #write(index: number, record: StepRecord): void {
    this.#steps[index] = record;
    setCurrentDetails(detailsMarkdown(this.report()));
  }
}

function now(): string {
  return new Date().toISOString();
}

function ended(startedAt: string): { readonly endedAt: string; readonly seconds: number } {
  const endedAt = now();
  return { endedAt, seconds: (Date.parse(endedAt) - Date.parse(startedAt)) / 1_000 };
}
