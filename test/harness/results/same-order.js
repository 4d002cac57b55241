import TestSequencer from '@jest/test-sequencer';

/**
 * On the real cluster a file finds what the one before it left. Every run takes the files in the same order, wherever
 * it runs and whatever failed last; the others go by Jest's own order, the slowest first.
 */
export default class SameOrder extends TestSequencer {
  async sort(tests) {
    const onTheRealOne = (test) => test.context.config.displayName?.name === 'e2e';
    if (!tests.every(onTheRealOne)) return super.sort(tests);
    return [...tests].sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}
