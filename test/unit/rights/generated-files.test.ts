import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { rightsFiles } from '../../../tools/generate/rights-files.ts';
import { valuesSchemaFile } from '../../../tools/generate/values-schema.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const versions = z.object({ version: z.string(), appVersion: z.string().optional() });

describe('what "npm run generate" writes', () => {
  it.each([...rightsFiles(), ...valuesSchemaFile()])('is up to date: %s', (file, text) => {
    expect(read(file)).toBe(text);
  });

  it('has the version of the package in the chart', () => {
    const { version } = versions.parse(JSON.parse(read('package.json')));
    expect(versions.parse(parse(read('deploy/chart/Chart.yaml')))).toEqual({ version, appVersion: version });
  });
});
