/** The images that hold one program each. `localhost` in their names says that no registry has them. */
export const IMAGE = {
  pause: 'localhost/pause:sandbox',
  application: 'localhost/application:sandbox',
  cnpg: (version: string) => `localhost/cloudnative-pg:${version}`,
  reloader: 'localhost/reloader:sandbox',
};

/** Where the documentation says that Reloader runs. */
export const RELOADER = { namespace: 'kube-system', name: 'reloader' };
/** CloudNativePG's operator. */
export const OPERATOR = { namespace: 'cnpg-system', deployment: 'cnpg-controller-manager' };

/** The phase in the status of a Cluster that CNPG finds nothing wrong with. */
export const HEALTHY = 'Cluster in healthy state';
