import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Part of the bundle. A worker that encrypts payloads sets the global (`src/temporal/workflow-code.ts`), and then
 * messages and stack traces of failures stand in a payload, too. A failure's form is no part of a replay.
 */
export const failureConverter = new DefaultFailureConverter({
  encodeCommonAttributes: 'cnpgRotatorEncrypts' in globalThis,
});
