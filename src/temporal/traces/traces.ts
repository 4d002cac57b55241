import type { Traces, TracesOptions } from './otlp.ts';

let started: Promise<Traces> | undefined;

/**
 * The traces of this process, where OpenTelemetry's variables name a receiver. Otherwise nothing of OpenTelemetry is
 * loaded.
 */
export function traces(options: TracesOptions): Promise<Traces> | undefined {
  if (!tracesAreWanted()) return undefined;
  return (started ??= import('./otlp.ts').then(({ startTraces }) => startTraces(options)));
}

/** Before the process ends. */
export async function flushTraces(): Promise<void> {
  await (await started)?.flush();
}

/** Whether the standard variables ask for traces. */
export function tracesAreWanted(env: NodeJS.ProcessEnv = process.env): boolean {
  const isSet = (name: string): boolean => (env[name] ?? '') !== '';
  if (env['OTEL_SDK_DISABLED'] === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') return false;
  return isSet('OTEL_EXPORTER_OTLP_ENDPOINT') || isSet('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
}
