import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { configurationPage, fieldsOf } from '../../tools/generate/configuration/page.ts';
import { FIELD_TEXTS, VARIABLES } from '../../tools/generate/configuration/texts.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Variables of the operating system, or that only a pod has. */
const OF_OTHERS = new Set(['PATH', 'KUBERNETES_SERVICE_HOST', 'XDG_CACHE_HOME']);

it('docs/configuration.md is what "npm run generate" writes', () => {
  for (const [file, text] of configurationPage()) expect(readFileSync(path.join(ROOT, file), 'utf8')).toBe(text);
});

it('each field of the catalogue has one text, and each text is of a field', () => {
  expect(Object.keys(FIELD_TEXTS).sort()).toEqual(
    fieldsOf()
      .map((field) => field.path)
      .sort(),
  );
});

it('each variable that the code reads has a text', () => {
  const files = readdirSync(path.join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const read = files.flatMap((file) =>
    [...readFileSync(path.join(ROOT, 'src', file), 'utf8').matchAll(/process\.env\['([A-Z_]+)'\]/g)].map(
      ([, name = '']) => name,
    ),
  );
  expect([...new Set(read)].filter((name) => !(name in VARIABLES) && !OF_OTHERS.has(name))).toEqual([]);
});
