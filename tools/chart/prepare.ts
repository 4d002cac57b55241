import { prepareChartTools } from './builds.ts';

await prepareChartTools(AbortSignal.timeout(15 * 60_000), (text) => void process.stdout.write(`${text}\n`));
