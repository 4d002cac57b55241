import { createServer, type Server } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const spanSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  status: z.looseObject({ code: z.number().optional(), message: z.string().optional() }),
  events: z.array(z.unknown()),
});
const bodySchema = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(z.object({ key: z.string(), value: z.unknown() })) }),
      scopeSpans: z.array(z.object({ spans: z.array(spanSchema) })),
    }),
  ),
});

/** A span as OTLP has it. */
export type Span = z.infer<typeof spanSchema>;

/** Takes OTLP over HTTP, as a collector does, and keeps what comes. */
export class OtlpReceiver {
  /** Every body, as text. */
  readonly bodies: string[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        const isPacked = request.headers['content-encoding'] === 'gzip';
        if (request.url === '/v1/traces') this.bodies.push((isPacked ? gunzipSync(body) : body).toString('utf8'));
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
  }

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** All spans that came. */
  get spans(): readonly Span[] {
    return this.#parsed().flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
  }

  /** The names of the services that sent spans. */
  get services(): readonly unknown[] {
    const names = this.#parsed().map(
      ({ resource }) => resource.attributes.find(({ key }) => key === 'service.name')?.value,
    );
    return [...new Set(names.map((name) => JSON.stringify(name)))];
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #parsed() {
    return this.bodies.flatMap((body) => bodySchema.parse(JSON.parse(body)).resourceSpans);
  }
}
