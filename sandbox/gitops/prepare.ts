import { haveSshd } from './ssh-server.ts';
import { prepareTools } from './tools.ts';

const note = (text: string): void => void process.stdout.write(`${text}\n`);
const signal = AbortSignal.timeout(15 * 60_000);

await prepareTools(signal, note);
await haveSshd(signal, note);
