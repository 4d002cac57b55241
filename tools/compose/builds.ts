import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, goBuild, LINK, moduleFolder, moduleKey, type Build } from '../../sandbox/common/go-build.ts';
import { serverTemplate } from './server-template.ts';

const GO_MODULES = fileURLToPath(new URL('./go', import.meta.url));

/** The newest that can be built here; docker-compose.yml has newer defaults. */
export const TEMPORAL_VERSION = '1.29.1';
export const WEB_UI_VERSION = '2.54.1';

const TEMPORAL = 'go.temporal.io/server';
const WEB_UI = 'github.com/temporalio/ui-server/v2';
const COMPOSE = 'github.com/docker/compose/v2';
const COMPOSE_LINK = `${LINK} -X ${COMPOSE}/internal.Version=v2.40.3`;

/** Temporal's server, its tool for the schema, the schema, and the configuration that its image fills from variables. */
export function temporalServer(): Build {
  const module = join(GO_MODULES, 'temporal');
  const template = readFileSync(fileURLToPath(new URL('./server-template.ts', import.meta.url)));
  const directory = cached('temporal-server', moduleKey(module, LINK, template));
  return {
    name: 'temporal-server',
    title: `Temporal's server ${TEMPORAL_VERSION} (about 5 minutes on 2 cores)`,
    directory,
    binary: join(directory, 'temporal-server'),
    make: async (target, signal) => {
      await goBuild(module, `${TEMPORAL}/cmd/server`, join(target, 'temporal-server'), LINK, signal);
      await goBuild(module, `${TEMPORAL}/cmd/tools/sql`, join(target, 'temporal-sql-tool'), LINK, signal);
      const folder = await moduleFolder(module, TEMPORAL, signal);
      const template = readFileSync(join(folder, 'docker', 'config_template.yaml'), 'utf8');
      writeFileSync(join(target, 'docker.yaml'), serverTemplate(template));
      cpSync(join(folder, 'schema', 'postgresql'), join(target, 'schema'), { recursive: true });
    },
  };
}

/** Temporal's Web UI, with the configuration and the script of its image. */
export function webUi(): Build {
  const module = join(GO_MODULES, 'web-ui');
  const directory = cached('temporal-web-ui', moduleKey(module, LINK));
  return {
    name: 'temporal-web-ui',
    title: `Temporal's Web UI ${WEB_UI_VERSION} (about 1 minute on 2 cores)`,
    directory,
    binary: join(directory, 'ui-server'),
    make: async (target, signal) => {
      await goBuild(module, `${WEB_UI}/cmd/server`, join(target, 'ui-server'), LINK, signal);
      const folder = await moduleFolder(module, WEB_UI, signal);
      cpSync(join(folder, 'config', 'docker.yaml'), join(target, 'docker.yaml'));
      cpSync(join(folder, 'docker', 'start-ui-server.sh'), join(target, 'start-ui-server.sh'));
    },
  };
}

/** `docker compose`, a plugin of the command `docker`. */
export function compose(): Build {
  const module = join(GO_MODULES, 'compose');
  const directory = cached('docker-compose', moduleKey(module, COMPOSE_LINK));
  return {
    name: 'docker-compose',
    title: 'Docker Compose (about 3 minutes on 2 cores)',
    directory,
    binary: join(directory, 'docker-compose'),
    make: (target, signal) => goBuild(module, `${COMPOSE}/cmd`, join(target, 'docker-compose'), COMPOSE_LINK, signal),
  };
}
