import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext, type Locator, type Page } from 'playwright-core';
import { rotationWorkflowId } from '../../../src/domain/rotation/workflow-ids.ts';
import { TASK_QUEUE } from '../../../src/temporal/task-queue.ts';

const CHROMIUM = '/usr/bin/chromium';
/** A machine with much to do shows a page late. */
const PATIENCE_MS = 60_000;
const NAMESPACE = 'default';
const QUIET = ['gpu', 'quic', 'background-networking', 'component-update', 'sync'].map((what) => `--disable-${what}`);

export interface StartForm {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly type: string;
  readonly input: unknown;
}

export interface UpdateForm {
  readonly name: string;
  /** A part of the update's description. */
  readonly says: string;
  readonly input: unknown;
}

/** Temporal's Web UI in Chromium, as a person uses it: by what stands on its pages. */
export class WebUi {
  private constructor(
    private readonly address: string,
    private readonly context: BrowserContext,
    private readonly folder: string,
    readonly page: Page,
  ) {}

  static async open(address: string): Promise<WebUi> {
    const folder = mkdtempSync(path.join(tmpdir(), 'cnpg-rotator-chromium-'));
    const context = await chromium.launchPersistentContext(folder, {
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--no-first-run', ...QUIET],
      viewport: { width: 1200, height: 1250 },
      timezoneId: 'UTC',
      locale: 'en-GB',
    });
    context.setDefaultTimeout(PATIENCE_MS);
    return new WebUi(address, context, folder, context.pages()[0] ?? (await context.newPage()));
  }

  /** Starts a rotation by the form, as docs/operating.md says. */
  startRotation(input: { readonly component: string }): Promise<void> {
    const workflowId = rotationWorkflowId(input.component);
    return this.startWorkflow({ workflowId, taskQueue: TASK_QUEUE, type: 'rotatePassword', input });
  }

  /** Goes from the list of workflows to the form, fills the form and presses its button. */
  async startWorkflow({ workflowId, taskQueue, type, input }: StartForm): Promise<void> {
    const { page } = this;
    await this.#go('');
    await page.getByRole('link', { name: 'Start Workflow' }).click();
    await page.getByTestId('workflowId').fill(workflowId);
    await page.getByTestId('taskQueue').fill(taskQueue);
    await page.getByTestId('workflowType').fill(type);
    await page.getByRole('textbox', { name: 'Data' }).fill(JSON.stringify(input));
    await this.#press(page.getByTestId('start-workflow-button'), `/workflows/${workflowId}`);
  }

  /** Sends an update by the dialog of a workflow's page, where the update stands with its description. */
  async sendUpdate(workflowId: string, { name, says, input }: UpdateForm): Promise<void> {
    const { page } = this;
    await this.#go(`/${workflowId}`);
    await page.getByRole('button', { name: 'More Actions' }).click();
    await page.getByRole('menuitem', { name: 'Send an Update' }).click();
    const dialog = page.getByRole('dialog', { name: 'Send an Update' });
    await dialog.getByTestId('update-select-button').click();
    await dialog.getByRole('option', { name }).filter({ hasText: says }).click();
    await dialog.getByRole('textbox', { name: 'Data' }).fill(JSON.stringify(input));
    await this.#press(dialog.getByTestId('confirm-modal-button'), `/workflows/${workflowId}/update/${name}`);
  }

  /** What the page of a workflow shows as its details, once the text has come. */
  async details(workflowId: string, text: string): Promise<string> {
    const { page } = this;
    await this.#go(`/${workflowId}`);
    await page.getByTestId('user-metadata-tab').click();
    const started = Date.now();
    for (;;) {
      // The Web UI shows Markdown in a frame of its own.
      const texts = await Promise.all(
        page.frames().map((frame) =>
          frame
            .locator('body')
            .innerText()
            .catch(() => ''),
        ),
      );
      const shown = texts.join('\n');
      if (shown.includes(text)) return shown;
      if (Date.now() - started > PATIENCE_MS) throw new Error(`the page never shows "${text}", but: ${shown}`);
      await page.waitForTimeout(500);
    }
  }

  /** A picture of the details that `details` has shown. */
  async picture(file: string): Promise<void> {
    await this.page.screenshot({ path: file });
  }

  async close(): Promise<void> {
    await this.context.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** No wait for a quiet network: a page of the Web UI asks the server again and again. */
  async #go(of: string): Promise<void> {
    await this.page.goto(`${this.address}/namespaces/${NAMESPACE}/workflows${of}`, { waitUntil: 'commit' });
  }

  /** Presses a button until the request is made: the form takes its text a moment after the text is typed. */
  async #press(button: Locator, path: string): Promise<void> {
    const { page } = this;
    const made = page.waitForResponse(
      (response) => response.request().method() === 'POST' && response.url().includes(path),
    );
    const request = { isMade: false };
    void made.finally(() => (request.isMade = true)).catch(() => undefined);
    while (!request.isMade) {
      await button.click({ timeout: 5_000 }).catch(() => undefined);
      await page.waitForTimeout(2_000);
    }
    const response = await made;
    if (!response.ok())
      throw new Error(`the Web UI's request was refused: ${response.status()} ${await response.text()}`);
  }
}
