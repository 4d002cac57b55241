/** Types of Secrets that hold no password of a database: a machine writes their content. Helm's releases are large and many. */
export const MACHINE_TYPES: readonly string[] = [
  'helm.sh/release.v1',
  'kubernetes.io/service-account-token',
  'kubernetes.io/dockerconfigjson',
  'kubernetes.io/dockercfg',
  'kubernetes.io/tls',
  'bootstrap.kubernetes.io/token',
];
