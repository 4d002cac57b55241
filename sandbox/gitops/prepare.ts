import { prepareTools } from './tools.ts';

await prepareTools(AbortSignal.timeout(15 * 60_000), (text) => process.stdout.write(`${text}\n`));
