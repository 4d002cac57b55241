import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { z } from 'zod';
import { parse } from 'yaml';
import { SandboxError } from './errors.ts';
import type { KubernetesObject } from './kubernetes-object.ts';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const kubeconfigSchema = z.object({
  clusters: z.tuple([
    z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string() }) }),
  ]),
  users: z.tuple([
    z.object({ user: z.object({ 'client-certificate-data': z.string(), 'client-key-data': z.string() }) }),
  ]),
});

const resourcesSchema = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});

type Resources = z.infer<typeof resourcesSchema>['resources'];

const FIELD_MANAGER = 'cnpg-rotator-sandbox';
const REQUEST_TIMEOUT_MS = 30_000;

/** The few requests that the sandbox makes of its API server. */
export class Api {
  private readonly server: string;
  private readonly agent: Agent;
  private readonly discovered = new Map<string, Resources>();

  constructor(kubeconfig: string) {
    const {
      clusters: [{ cluster }],
      users: [{ user }],
    } = kubeconfigSchema.parse(parse(readFileSync(kubeconfig, 'utf8')));
    const decode = (text: string) => Buffer.from(text, 'base64');
    this.server = cluster.server;
    this.agent = new Agent({
      keepAlive: true,
      ca: decode(cluster['certificate-authority-data']),
      cert: decode(user['client-certificate-data']),
      key: decode(user['client-key-data']),
    });
  }

  close(): void {
    this.agent.destroy();
  }

  async get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return schema.parse(JSON.parse(await this.send('GET', path)));
  }

  text(path: string): Promise<string> {
    return this.send('GET', path);
  }

  /** Server-side apply: the same object applied twice changes nothing. */
  async apply(object: KubernetesObject): Promise<void> {
    const path = `${await this.pathOf(object)}?fieldManager=${FIELD_MANAGER}&force=true`;
    await this.send('PATCH', path, JSON.stringify(object), 'application/apply-patch+yaml');
  }

  async applyAll(objects: readonly KubernetesObject[]): Promise<void> {
    for (const object of objects) await this.apply(object);
  }

  /** Deletes it where it is there. */
  async remove(object: KubernetesObject): Promise<void> {
    try {
      await this.send('DELETE', await this.pathOf(object));
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }

  private async pathOf({ apiVersion, kind, metadata }: KubernetesObject): Promise<string> {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    let resources = this.discovered.get(root);
    const find = () => resources?.find((entry) => entry.kind === kind && !entry.name.includes('/'));
    if (find() === undefined) {
      // Looked up again when a kind is missing: a CustomResourceDefinition may have come since.
      resources = (await this.get(root, resourcesSchema)).resources;
      this.discovered.set(root, resources);
    }
    const resource = find();
    if (resource === undefined) throw new ApiError(404, `The API server knows no ${kind} in ${apiVersion} (yet).`);
    const scope = resource.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
    return `${root}${scope}/${resource.name}/${metadata.name}`;
  }

  private send(method: string, path: string, body?: string, contentType?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers =
        body === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(body) };
      const outgoing = request(
        `${this.server}${path}`,
        {
          method,
          agent: this.agent,
          timeout: REQUEST_TIMEOUT_MS,
          headers: { accept: 'application/json, */*', ...headers },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const status = response.statusCode ?? 0;
            if (status >= 200 && status < 300) resolve(text);
            else reject(new ApiError(status, `${method} ${path.split('?')[0]}: ${status} ${messageOf(text)}`));
          });
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer`)));
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

function messageOf(text: string): string {
  try {
    return z.object({ message: z.string() }).parse(JSON.parse(text)).message;
  } catch {
    return text.slice(0, 500);
  }
}

/** Reads the objects of a YAML file with several documents. */
export function asObjects(documents: readonly unknown[], file: string): KubernetesObject[] {
  const schema = z.looseObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
  });
  return documents
    .filter((document) => document !== null)
    .map((document) => {
      const parsed = schema.safeParse(document);
      if (!parsed.success) throw new SandboxError(`${file} holds a document that is no Kubernetes object.`);
      return parsed.data;
    });
}
