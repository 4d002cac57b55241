/**
 * A Jest reporter that closes a run with the names of what failed, each with the first line of its error, and one plain
 * line: `12 passed, 0 failed, 0 skipped`. A log that is cut to its last lines still tells which.
 */
export default class ClosingLine {
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites, testResults } = results;
    for (const { testFilePath, testResults: tests, testExecError, failureMessage } of testResults) {
      const file = testFilePath.replace(/^.*\/test\//, '');
      if (testExecError) tell(file, testExecError.message || (failureMessage ?? ''));
      for (const { status, fullName, failureMessages } of tests)
        if (status === 'failed') tell(`${file} › ${fullName}`, failureMessages[0] ?? '');
    }
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    process.stdout.write(`${numPassedTests} passed, ${failed} failed, ${numPendingTests} skipped\n`);
  }
}

function tell(what, message) {
  const plain = message.replaceAll(/\u001b\[\d+m/g, '').replace(/\n\s+at .*$/s, '');
  process.stdout.write(`FAILED ${what}: ${plain.replaceAll(/\s+/g, ' ').slice(0, 500)}\n`);
}
