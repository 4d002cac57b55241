import {
  CancellationScope,
  CancelledFailure,
  condition,
  isCancellation,
  setHandler,
  type ApplicationFailure,
} from '@temporalio/workflow';
import {
  parseAbortInput,
  parseApproveInput,
  whyNotWaiting,
  type AbortInput,
  type ApproveInput,
  type Stage,
} from '../domain/rotation/interventions.ts';
import type { Approval } from '../domain/rotation/report.ts';
import { asFailure, failure } from './failure.ts';
import { abortUpdate, approveUpdate } from './messages.ts';
import type { WayBack } from './way-back.ts';

/** People's messages to a running rotation. Its forward steps run in `forward`; an abortion cancels this scope. */
export class Interventions {
  readonly forward = new CancellationScope();
  #stage: Stage = { kind: 'forward', written: false };
  #hasWayBack = true;
  #approval: Approval | undefined;
  #abortion: ApplicationFailure | undefined;
  #wayBack: WayBack | undefined;

  constructor(
    private readonly component: string,
    required: boolean,
  ) {
    setHandler(approveUpdate, (input?: ApproveInput) => this.#approve(parseApproveInput(input)), {
      description: 'Let the rotation go on that waits for it: {"by":"alice","note":"…"}',
      validator: (input?: ApproveInput) => {
        asFailure(() => parseApproveInput(input));
        // The approval is already accepted, but the workflow has not moved on yet.
        const stage: Stage = this.#approval === undefined ? this.#stage : { kind: 'forward', written: true };
        refuse(whyNotWaiting(component, required, stage));
      },
    });
    setHandler(abortUpdate, (input?: AbortInput) => this.#abort(parseAbortInput(input)), {
      description: 'End the rotation and undo what it did: {"reason":"…"}',
      validator: (input?: AbortInput) => {
        asFailure(() => parseAbortInput(input));
        if (this.#wayBack?.isRetrying === true) return;
        if (this.#stage.kind !== 'closing' && this.#abortion === undefined) return;
        refuse(`The rotation of ${component} is ending already.`);
      },
    });
  }

  /** Waits for the approval. @throws ApplicationFailure `ApprovalTimedOut`. */
  async approved(timeoutSeconds: number): Promise<Approval> {
    this.#stage = { kind: 'waiting' };
    await condition(() => this.#approval !== undefined, timeoutSeconds * 1_000);
    if (this.#approval !== undefined) return this.#approval;
    throw failure(
      'ApprovalTimedOut',
      `Nobody approved the rotation of ${this.component} within ${timeoutSeconds} s, so no new password was set. Start it again when somebody can.`,
    );
  }

  /**
   * From here on an abortion has something to undo.
   * @param hasWayBack whether the previous password can be brought back.
   * @throws when the rotation was cancelled or aborted before.
   */
  willWrite(hasWayBack = true): void {
    this.stopIfCancelled();
    this.#hasWayBack = hasWayBack;
    this.#stage = { kind: 'forward', written: true };
  }

  /** What an interrupted rotation had begun is finished, and nothing of this rotation is written yet. */
  finishedBefore(): void {
    this.stopIfCancelled();
    this.#stage = { kind: 'forward', written: false };
  }

  /** Throws after a cancellation. A step that was running when the cancellation came may still have ended well. */
  stopIfCancelled(): void {
    if (this.forward.consideredCancelled) throw new CancelledFailure('The rotation was cancelled.');
  }

  /** From this call on, nothing can be approved or aborted but a way back that is tried again. */
  close(wayBack?: WayBack): void {
    this.#wayBack = wayBack;
    this.#stage = { kind: 'closing' };
  }

  /** The cause that stopped the way forward. An abortion reaches the steps as a cancellation. */
  whatStopped(error: unknown): unknown {
    return isCancellation(error) ? (this.#abortion ?? error) : error;
  }

  #approve({ by, note }: ApproveInput): string {
    this.#approval = { by, note, at: new Date().toISOString() };
    return `The rotation of ${this.component} goes on.`;
  }

  #abort({ reason }: AbortInput): string {
    if (this.#wayBack?.isRetrying === true) {
      this.#wayBack.stop();
      return `The way back of ${this.component} is not tried again: the rotation ends, and its report says what a person has to do.`;
    }
    const written = this.#stage.kind === 'forward' && this.#stage.written;
    this.#abortion = failure('Aborted', `The rotation was aborted${reason === undefined ? '.' : `: ${reason}`}`);
    this.forward.cancel();
    if (written && !this.#hasWayBack)
      return `CNPG generates the password of ${this.component}. Where CNPG has generated a new one, there is no way back, and the rotation goes on to it; else nothing changes.`;
    return written
      ? `The previous password of ${this.component} is brought back.`
      : `The rotation of ${this.component} ends; no new password was set.`;
  }
}

function refuse(why: string | undefined): void {
  if (why !== undefined) throw failure('NotWaiting', why);
}
