import type { Page } from 'playwright-core';

const STYLE = `
  body { margin: 0; display: inline-block; background: #16181d; color: #e6e6e6; }
  pre { margin: 0; padding: 18px 22px; font: 15px/1.45 'DejaVu Sans Mono', monospace; }
  b { color: #8fd18f; }`;

/** A picture of a terminal in which the commands were typed and said this, without colours. */
export async function pictureOfTerminal(
  page: Page,
  file: string,
  lines: readonly { readonly typed: string; readonly said: string }[],
): Promise<void> {
  const text = lines.map(({ typed, said }) => `<b>$ ${escaped(typed)}</b>\n${escaped(said.trimEnd())}\n`).join('');
  await page.setContent(`<style>${STYLE}</style><body><pre>${text}</pre></body>`);
  await page.locator('body').screenshot({ path: file });
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
}
