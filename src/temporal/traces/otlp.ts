import { diag, DiagLogLevel } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { Resource, detectResourcesSync, envDetectorSync } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import {
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
  OpenTelemetryWorkflowClientInterceptor,
  makeWorkflowExporter,
  type SerializableSpan,
} from '@temporalio/interceptors-opentelemetry';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import type { WorkflowInfo } from '@temporalio/workflow';
import { TRACES_FLUSH_MS } from '../../domain/budgets.ts';
import { redact } from '../../domain/text/redact.ts';
import { logger } from '../../log.ts';
import { ExporterWithoutMessages } from './without-messages.ts';

/** What a client and a worker need so that their spans are exported. */
export interface Traces {
  readonly workflowClient: WorkflowClientInterceptor;
  readonly worker: Required<Pick<WorkerOptions, 'interceptors' | 'sinks'>>;
  /** Exports what is left. A receiver that is away costs the traces, and nothing else. */
  flush(): Promise<void>;
}

export interface TracesOptions {
  /** Whether the texts of failures stay out of the spans. */
  readonly withoutMessages: boolean;
}

/** Unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` has another name. */
const SERVICE_NAME = 'cnpg-rotator';

/** Exports spans by OTLP over HTTP, to where OpenTelemetry's variables say. Called once in a process. */
export function startTraces({ withoutMessages }: TracesOptions): Traces {
  // The receiver's address may hold a password.
  const say = (message: string): void => logger.warn({ reason: redact(message, []) }, 'traces are not exported');
  const quiet = (): void => undefined;
  diag.setLogger({ error: say, warn: say, info: quiet, debug: quiet, verbose: quiet }, DiagLogLevel.WARN);
  const resource = new Resource({ 'service.name': SERVICE_NAME }).merge(
    detectResourcesSync({ detectors: [envDetectorSync] }),
  );
  const exporter = new OTLPTraceExporter();
  const processor = new BatchSpanProcessor(withoutMessages ? new ExporterWithoutMessages(exporter) : exporter, {
    exportTimeoutMillis: TRACES_FLUSH_MS,
  });
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  provider.register({ contextManager: new AsyncLocalStorageContextManager().enable() });
  const tracer = provider.getTracer(SERVICE_NAME);
  const client = new OpenTelemetryWorkflowClientInterceptor({ tracer });
  const exported = makeWorkflowExporter(processor, resource).export;
  return {
    // Not what only looks: a command asks twice a second.
    workflowClient: {
      startWithDetails: (input, next) => client.startWithDetails(input, next),
      startUpdate: (input, next) => client.startUpdate(input, next),
      cancel: (input, next) => client.cancel(input, next),
    },
    worker: {
      interceptors: {
        activity: [
          (context) => ({
            inbound: new OpenTelemetryActivityInboundInterceptor(context, { tracer }),
            outbound: new OpenTelemetryActivityOutboundInterceptor(context),
          }),
        ],
      },
      sinks: { exporter: { export: { fn: (info, spans: SerializableSpan[]) => exported.fn(named(info), spans) } } },
    },
    flush: () => provider.forceFlush().catch((error: unknown) => say(String(error))),
  };
}

/** The SDK puts all of this beside each span of a workflow. The memo stays out: it names Secrets. */
function named({ workflowId, runId, workflowType, namespace, taskQueue, attempt }: WorkflowInfo): WorkflowInfo {
  return { workflowId, runId, workflowType, namespace, taskQueue, attempt } as WorkflowInfo;
}
