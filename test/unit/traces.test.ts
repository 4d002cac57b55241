import getPort from 'get-port';
import { tracesAreWanted } from '../../src/temporal/traces/traces.ts';
import { run } from '../../sandbox/harness/programs.ts';

const MINUTE = 60_000;
const ENDPOINT = 'http://collector:4318';

describe('traces', () => {
  it.each<readonly [string, NodeJS.ProcessEnv, boolean]>([
    ['no variable', {}, false],
    ['an empty variable', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
    ['another variable alone', { OTEL_SERVICE_NAME: 'rotator' }, false],
    ['a receiver', { OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT }, true],
    ['a receiver of traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${ENDPOINT}/v1/traces` }, true],
    ['a receiver, switched off', { OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_SDK_DISABLED: 'true' }, false],
    ['a receiver of other things', { OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }, false],
  ])('with %s: %p are exported: %p', (_, env, wanted) => {
    expect(tracesAreWanted(env)).toBe(wanted);
  });

  it.each([
    ['are not loaded without a receiver', '', false],
    ['are loaded with one', ENDPOINT, true],
  ])(
    '%s',
    async (_, endpoint, loaded) => {
      const { stdout, stderr } = await runSource(
        `await import('./src/worker.ts');
        await traces({ withoutMessages: true });
        // The API alone is a package of prom-client.
        const ours = /@opentelemetry.(?!api.)|interceptors-opentelemetry/;
        process.stdout.write(String(Object.keys(module._cache).some((file) => ours.test(file))));`,
        endpoint,
      );
      expect({ stdout, stderr }).toEqual({ stdout: String(loaded), stderr: '' });
    },
    MINUTE,
  );

  it(
    'are lost where the receiver is away, and the program ends with a warning',
    async () => {
      const { code, stdout, stderr } = await runSource(
        `await traces({ withoutMessages: true });
        otel.trace.getTracer('test').startSpan('a step').end();
        await flushTraces();
        process.stdout.write('ended');`,
        `http://127.0.0.1:${await getPort()}`,
      );
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'ended' });
      expect(stderr).toMatch(/ECONNREFUSED.*traces are not exported/);
    },
    MINUTE,
  );
});

/** Runs a program beside our sources. */
function runSource(program: string, endpoint: string) {
  const imports = `import module from 'node:module';
    import otel from '@opentelemetry/api';
    import { flushTraces, traces } from './src/temporal/traces/traces.ts';`;
  return run('node', ['--import', 'tsx', '--input-type=module', '-e', `${imports}\n${program}\nprocess.exit();`], {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  });
}
