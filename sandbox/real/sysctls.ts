import { readFileSync, writeFileSync } from 'node:fs';

/** What kubelet sets for the whole machine when it starts; there is no namespace for these. */
const SET_BY_KUBELET = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];

export type Sysctls = Readonly<Record<string, string>>;

/** Reads the host's settings before kubelet changes them, so that `down` can put them back. */
export function readSysctls(): Sysctls {
  return Object.fromEntries(SET_BY_KUBELET.map((name) => [name, readFileSync(`/proc/sys/${name}`, 'utf8').trim()]));
}

export function restoreSysctls(sysctls: Sysctls): void {
  for (const name of SET_BY_KUBELET) {
    const value = sysctls[name];
    if (value !== undefined) writeFileSync(`/proc/sys/${name}`, value);
  }
}
