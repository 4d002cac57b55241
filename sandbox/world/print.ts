import path from 'node:path';
import pc from 'picocolors';
import { isFine, type WorldResult } from './run.ts';

const SIGNS: Readonly<Record<WorldResult['verdict'], string>> = {
  'as expected': pc.green('✔'),
  'not as expected': pc.red('✖'),
  'still open': pc.yellow('○'),
  'no longer open': pc.red('✖'),
  'not played': pc.dim('–'),
};

/** A world in one line, and below it what was not as expected. */
export function resultText({ file, world, verdict, because, seconds, ...rest }: WorldResult): string {
  const head = `${SIGNS[verdict]} ${rest.case === undefined ? '' : `${rest.case} `}${world} ${pc.dim(`(${path.relative('', file)}, ${seconds.toFixed(1)} s)`)}`;
  const told = verdict === 'as expected' ? [] : [verdict, ...because];
  return [head, ...told.map((line) => `    ${line.replaceAll('\n', '\n      ')}`)].join('\n');
}

export function summary(results: readonly WorldResult[]): string {
  const count = (verdict: WorldResult['verdict']): number => results.filter((one) => one.verdict === verdict).length;
  const parts = (['as expected', 'not as expected', 'still open', 'no longer open', 'not played'] as const)
    .filter((verdict) => count(verdict) > 0)
    .map((verdict) => `${count(verdict)} ${verdict}`);
  const text = `${results.length} worlds: ${parts.join(', ')}`;
  return results.every(isFine) ? text : pc.red(text);
}
