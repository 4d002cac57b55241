import { readdirSync, readFileSync } from 'node:fs';

/** A process of a pod, as this machine sees it: the sandbox's node is the machine itself. */
export interface NodeProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** What it was started with, `NAME=value` each. */
  readonly environment: readonly string[];
}

/** The processes that run in a pod. */
export function processesOf(podUid: string): NodeProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const environment = words(pid, 'environ');
        // By its control group on the real sandbox's node, by what the embedded one gives a pod's process to know.
        const isInPod = readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`/pod${podUid}/`);
        if (!isInPod && !environment.includes(`SANDBOX_POD_UID=${podUid}`)) return [];
        // After the name, which may hold anything: the state, then the parent.
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const parent = Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]);
        return [{ pid: Number(pid), parent, command: words(pid, 'cmdline').join(' '), environment }];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

function words(pid: string, file: 'cmdline' | 'environ'): string[] {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8')
    .split('\0')
    .filter((word) => word !== '');
}
