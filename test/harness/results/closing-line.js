import { writeSync } from 'node:fs';

/**
 * A Jest reporter that closes a run with the names of what failed, each with the first line of its error, and one plain
 * line: `12 passed, 0 failed, 0 skipped`. Where something failed its names come once more at the very end, after Jest's own
 * summary, which repeats whole failures: a log that is cut to its last lines still tells which.
 */
export default class ClosingLine {
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites, testResults } = results;
    const names = [];
    const tell = (what, message) => names.push(failedLine(what, message));
    for (const { testFilePath, testResults: tests, testExecError, failureMessage } of testResults) {
      const file = testFilePath.replace(/^.*\/test\//, '');
      if (testExecError) tell(file, testExecError.message || (failureMessage ?? ''));
      for (const { status, fullName, failureMessages } of tests)
        if (status === 'failed') tell(`${file} › ${fullName}`, failureMessages[0] ?? '');
    }
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    process.stdout.write(names.join(''));
    process.stdout.write(`${numPassedTests} passed, ${failed} failed, ${numPendingTests} skipped\n`);
    // By the file's number: with --forceExit the streams take nothing any more by then.
    if (names.length > 0) process.once('exit', () => writeSync(process.stderr.fd, names.join('')));
  }
}

function failedLine(what, message) {
  return `FAILED ${what}: ${firstLine(message)}\n`;
}

/** What a failure says, without colours and the stack, on one line. */
export function firstLine(message) {
  const plain = message.replaceAll(/\u001b\[\d+m/g, '').replace(/\n\s+at .*$/s, '');
  return plain.replaceAll(/\s+/g, ' ').slice(0, 500);
}
