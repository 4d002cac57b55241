import { build } from '../../sandbox/common/go-build.ts';
import { chartTool } from './builds.ts';

const note = (text: string): void => void process.stdout.write(`${text}\n`);

await build(chartTool('promtool'), AbortSignal.timeout(30 * 60_000), note);
