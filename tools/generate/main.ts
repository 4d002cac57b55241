import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareChartTools } from '../chart/builds.ts';
import { configurationPage } from './configuration/page.ts';
import { kustomizeFiles } from './kustomize-files.ts';
import { rightsFiles } from './rights-files.ts';
import { valuesSchemaFile } from './values-schema.ts';

/* `npm run generate`: writes docs/configuration.md, and the manifests of deploy/ that come from the catalogue's code and from the
 * chart. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

function write(files: ReadonlyMap<string, string>): void {
  for (const [file, text] of files) {
    mkdirSync(path.join(ROOT, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(ROOT, file), text);
    process.stdout.write(`${file}\n`);
  }
}

// The chart's schema first: Helm reads it when it renders the chart for Kustomize.
write(configurationPage());
write(rightsFiles());
write(valuesSchemaFile());
await prepareChartTools(AbortSignal.timeout(15 * 60_000), (text) => void process.stdout.write(`${text}\n`));
write(await kustomizeFiles());
