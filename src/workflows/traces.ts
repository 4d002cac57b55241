import {
  OpenTelemetryInboundInterceptor,
  OpenTelemetryInternalsInterceptor,
  OpenTelemetryOutboundInterceptor,
} from '@temporalio/interceptors-opentelemetry/lib/workflow/index.js';
import { getRandomStream, type WorkflowInterceptors } from '@temporalio/workflow';

/**
 * Part of the bundle of a worker that exports traces. The ids of spans are random, and OpenTelemetry takes them from
 * `Math.random()`, as the workflow takes the id of a rotation. So spans have a random stream of their own: a rotation
 * has the same id whether it is replayed with traces or without. Queries have no spans: a command asks twice a second.
 */
export function interceptors(): WorkflowInterceptors {
  const stream = getRandomStream('cnpg-rotator/traces');
  const inbound = new OpenTelemetryInboundInterceptor();
  const outbound = new OpenTelemetryOutboundInterceptor();
  return {
    inbound: [
      {
        execute: (input, next) => stream.with(() => inbound.execute(input, next)),
        handleUpdate: (input, next) => stream.with(() => inbound.handleUpdate(input, next)),
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => stream.with(() => outbound.scheduleActivity(input, next)),
        scheduleLocalActivity: (input, next) => stream.with(() => outbound.scheduleLocalActivity(input, next)),
        startChildWorkflowExecution: (input, next) =>
          stream.with(() => outbound.startChildWorkflowExecution(input, next)),
        continueAsNew: (input, next) => stream.with(() => outbound.continueAsNew(input, next)),
        getLogAttributes: (input, next) => outbound.getLogAttributes(input, next),
      },
    ],
    internals: [new OpenTelemetryInternalsInterceptor()],
  };
}
