import { accessSync, constants, mkdirSync, readFileSync, statfsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { command, searchPath } from '../common/command.ts';
import { SandboxError } from '../common/errors.ts';
import { HOST_INTERFACE, ROUTED_RANGES } from './network.ts';
import { cacheDirectory } from '../common/paths.ts';
import { installPackages } from '../common/apt.ts';

/** Each program or file that is needed, and the Debian package that has it. */
const PACKAGE_OF: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  etcd: 'etcd-server',
  iptables: 'iptables',
  ip: 'iproute2',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setsid: 'util-linux',
  mount: 'mount',
  sysctl: 'procps',
  '/usr/lib/cni/ptp': 'containernetworking-plugins',
};
const PACKAGE_TO_MAKE_IMAGE: Readonly<Record<string, string>> = { debootstrap: 'debootstrap' };
/** The go command trusts the certificates of the machine. */
const PACKAGE_TO_COMPILE: Readonly<Record<string, string>> = { '/usr/sbin/update-ca-certificates': 'ca-certificates' };
const ALL_PACKAGES = { ...PACKAGE_OF, ...PACKAGE_TO_MAKE_IMAGE, ...PACKAGE_TO_COMPILE };

const GIB = 1024 ** 3;
/** The go command's own cache and modules take most of it. */
const DISK_TO_BUILD_GIB = 9;

export interface Machine {
  readonly platform: string;
  readonly user: number | undefined;
  readonly missing: readonly string[];
  readonly hasApt: boolean;
  /** Undefined when there is none. */
  readonly go: string | undefined;
  readonly freeGib: number;
  /** Routes of the machine that the sandbox's own would hide. */
  readonly takenRoutes: readonly string[];
}

export interface Need {
  /** Whether anything is to be compiled; a warm cache needs no Go. */
  readonly go: boolean;
  readonly goVersion: string;
  /** Whether PostgreSQL's image is to be made. */
  readonly debootstrap: boolean;
}

export interface Verdict {
  readonly install: readonly string[];
  readonly problems: readonly { readonly what: string; readonly mend: string }[];
}

/** All that stands in the way at once, so that nobody has to run it five times to learn five things. */
export function judge(machine: Machine, need: Need): Verdict {
  const problems: { what: string; mend: string }[] = [];
  const packages = [...new Set(machine.missing.map((name) => ALL_PACKAGES[name] ?? name))].sort();
  if (machine.platform !== 'linux') {
    problems.push({ what: `this is ${machine.platform}; the sandbox needs Linux`, mend: 'run it on Debian 12' });
  }
  if (machine.user !== 0) {
    problems.push({
      what: 'it makes namespaces and mounts, and this user is not root',
      mend: 'sudo npm run sandbox -- up',
    });
  }
  if (packages.length > 0 && (!machine.hasApt || machine.user !== 0)) {
    problems.push({
      what: `${machine.missing.join(', ')} cannot be found`,
      mend: `apt-get update && apt-get install -y ${packages.join(' ')}`,
    });
  }
  if (need.go && (machine.go === undefined || isOlder(machine.go, need.goVersion))) {
    problems.push({
      what: machine.go === undefined ? 'there is no Go' : `Go ${machine.go} is too old`,
      mend: `install Go ${need.goVersion} or newer and put it on PATH`,
    });
  }
  if (need.go && machine.freeGib < DISK_TO_BUILD_GIB) {
    problems.push({
      what: `only ${machine.freeGib.toFixed(1)} GiB are free under ${cacheDirectory()}, and a first build needs ${DISK_TO_BUILD_GIB}`,
      mend: 'free some, or name another place in CNPG_ROTATOR_CACHE (and GOCACHE, GOMODCACHE)',
    });
  }
  for (const route of machine.takenRoutes) {
    problems.push({
      what: `the machine has a route of its own that the sandbox needs: ${route}`,
      mend: 'stop the other cluster or VPN that made it',
    });
  }
  return { install: packages, problems };
}

export function refusal({ problems }: Verdict): SandboxError {
  const lines = problems.map(({ what, mend }) => `  - ${what}\n      ${mend}`);
  return new SandboxError(`The sandbox cannot run here yet:\n${lines.join('\n')}`);
}

function isOlder(version: string, than: string): boolean {
  const [left = [], right = []] = [version, than].map((text) => text.split('.').map(Number));
  for (let part = 0; part < right.length; part++) {
    const difference = (left[part] ?? 0) - (right[part] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Finds what is missing, installs what Debian has, and otherwise says everything in one message. */
export async function meetRequirements(need: Need, signal: AbortSignal, note: (text: string) => void): Promise<void> {
  const verdict = judge(await observe(need, signal), need);
  if (verdict.problems.length > 0) throw refusal(verdict);
  if (verdict.install.length === 0) return;
  note(`installing ${verdict.install.join(', ')}`);
  await installPackages(verdict.install, signal);
}

async function observe(need: Need, signal: AbortSignal): Promise<Machine> {
  const wanted = [
    ...Object.keys(PACKAGE_OF),
    ...(need.debootstrap ? Object.keys(PACKAGE_TO_MAKE_IMAGE) : []),
    ...(need.go ? Object.keys(PACKAGE_TO_COMPILE) : []),
  ];
  const user = process.getuid?.();
  return {
    platform: process.platform,
    user,
    missing: wanted.filter((name) => !canRun(name)),
    hasApt: canRun('apt-get'),
    go: need.go ? await goVersion(signal) : undefined,
    freeGib: user === 0 && need.go ? freeGib() : Infinity,
    takenRoutes: canRun('ip') ? await takenRoutes(signal) : [],
  };
}

function canRun(name: string): boolean {
  const folders = name.startsWith('/') ? [''] : searchPath().split(delimiter);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function goVersion(signal: AbortSignal): Promise<string | undefined> {
  if (!canRun('go')) return undefined;
  return /go(\d+(\.\d+)*)/.exec(await command('go', ['version'], { signal }))?.[1];
}

function freeGib(): number {
  mkdirSync(cacheDirectory(), { recursive: true });
  const { bavail, bsize } = statfsSync(cacheDirectory());
  return (bavail * bsize) / GIB;
}

async function takenRoutes(signal: AbortSignal): Promise<string[]> {
  const found = await Promise.all(
    ROUTED_RANGES.map((range) => command('ip', ['route', 'show', 'root', range], { signal })),
  );
  return found
    .flatMap((text) => text.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.includes(HOST_INTERFACE));
}

/** The Go version that a module asks for. */
export function goVersionOf(module: string): string {
  return /^go (\S+)$/m.exec(readFileSync(join(module, 'go.mod'), 'utf8'))?.[1] ?? '1.26';
}
