import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, cached, goBuild, LINK, moduleFolder, moduleKey, type Build } from '../../sandbox/common/go-build.ts';
import { keyOf, once } from '../../sandbox/common/cache.ts';
import { strictSchemas } from './kubernetes-schemas.ts';

/** The Kubernetes whose API the manifests are checked against, and that Helm takes for the cluster's. */
export const KUBERNETES_VERSION = '1.34.4';
const [MAJOR = '', MINOR = ''] = KUBERNETES_VERSION.split('.');

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const KUBERNETES_MODULE = folder('../../sandbox/real/go/kubernetes');

/** Helm's own Makefile sets these, or Helm says that the cluster is Kubernetes 1.20. */
const HELM_LINK = [
  LINK,
  ...['pkg/chartutil', 'pkg/lint/rules'].flatMap((room) => [
    `-X helm.sh/helm/v3/${room}.k8sVersionMajor=${MAJOR}`,
    `-X helm.sh/helm/v3/${room}.k8sVersionMinor=${MINOR}`,
  ]),
].join(' ');

/** What renders, checks and builds the manifests, as its authors publish it. */
const TOOLS = {
  helm: { source: 'helm.sh/helm/v3/cmd/helm', link: HELM_LINK, title: 'Helm (about 80 s on 2 cores)' },
  kubeconform: { source: 'github.com/yannh/kubeconform/cmd/kubeconform', link: LINK, title: 'kubeconform' },
  promtool: {
    source: 'github.com/prometheus/prometheus/cmd/promtool',
    link: LINK,
    title: "Prometheus' promtool (about 4 minutes on 2 cores)",
  },
  kustomize: { source: 'sigs.k8s.io/kustomize/kustomize/v5', link: LINK, title: 'Kustomize' },
} as const;
export type ChartTool = keyof typeof TOOLS;

/** Promtool is for the alert rules alone: its build takes four minutes. */
const OF_THE_CHART: readonly ChartTool[] = ['helm', 'kubeconform', 'kustomize'];

export function chartTool(name: ChartTool): Build {
  const { source, link, title } = TOOLS[name];
  const module = folder(`go/${name}`);
  const directory = cached(name, moduleKey(module, link));
  return {
    name,
    title,
    directory,
    binary: join(directory, name),
    make: (target, signal) => goBuild(module, source, join(target, name), link, signal),
  };
}

/** The JSON schemas of Kubernetes' own kinds, for kubeconform. */
export function schemaFolder(): string {
  const sources = [join(KUBERNETES_MODULE, 'go.mod'), folder('kubernetes-schemas.ts')];
  return cached('kubernetes-schemas', keyOf(...sources.map((file) => readFileSync(file))));
}

/** Builds what is not in the cache: Helm takes a minute and a half once. Needs Go. */
export async function prepareChartTools(signal: AbortSignal, note: (text: string) => void): Promise<void> {
  for (const name of OF_THE_CHART) await build(chartTool(name), signal, note);
  await once(
    schemaFolder(),
    async (directory) => {
      note(`the schemas of Kubernetes ${KUBERNETES_VERSION}`);
      const sources = await moduleFolder(KUBERNETES_MODULE, 'k8s.io/kubernetes', signal);
      const swagger = readFileSync(join(sources, 'api', 'openapi-spec', 'swagger.json'), 'utf8');
      mkdirSync(directory, { recursive: true });
      for (const [file, schema] of strictSchemas(swagger)) writeFileSync(join(directory, file), JSON.stringify(schema));
    },
    { signal },
  );
}

/** @throws when the tools are not there yet. */
export function requireChartTools(): void {
  const paths = [...OF_THE_CHART.map((name) => chartTool(name).binary), schemaFolder()];
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) throw new Error(`${missing} is not there: "npm run test:chart" makes it.`);
}
