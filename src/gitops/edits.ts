import type { Target } from '../domain/steps.ts';
import type { FoundSecret, FoundVariable, OpenFile, variableValues } from './look.ts';
import { editsOfKeys } from './secret-manifest.ts';
import { isEncrypted } from './sops-metadata.ts';
import type { Sops, SopsEdit } from './sops.ts';
import { placeOf, writeVariable } from './variable.ts';

type Values = ReturnType<typeof variableValues>;

/** What changes in one encrypted file. */
export interface FileEdits {
  readonly file: OpenFile;
  readonly edits: readonly SopsEdit[];
}

/** What changes in each file of encrypted Secrets. */
export function editsOfFiles(secrets: readonly FoundSecret[], target: Target): readonly FileEdits[] {
  const files = new Map(secrets.map(({ file }) => [file.path, file]));
  return [...files.values()].map((file) => ({
    file,
    edits: secrets
      .filter((one) => one.file.path === file.path)
      .flatMap(({ secret, ...where }) => editsOfKeys(file.plain, file.path, where, secret.data[target])),
  }));
}

/** What changes in the variables' file; `undefined` where it is not encrypted. */
export function editsOfVariables(
  path: string,
  { content: encrypted, plain }: Pick<FoundVariable, 'content' | 'plain'>,
  values: Values,
): FileEdits | undefined {
  if (!isEncrypted(encrypted, path)) return undefined;
  return {
    file: { path, encrypted, plain },
    edits: values.map(({ variable, value }) => ({ ...placeOf(plain, variable), value })),
  };
}

/** The variables' file with other values, encrypted where it was. */
export async function changeVariables(
  sops: Sops,
  path: string,
  found: Pick<FoundVariable, 'content' | 'plain'>,
  values: Values,
): Promise<string> {
  const encrypted = editsOfVariables(path, found, values);
  if (encrypted !== undefined) return sops.change(encrypted.file, encrypted.edits);
  return values.reduce((edited, { variable, value }) => writeVariable(edited, variable, value), found.plain);
}
