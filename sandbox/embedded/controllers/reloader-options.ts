import type { Kinds } from '../api/index.ts';

export type ReloadStrategy = 'env-vars' | 'annotations';

/** What the arguments, the variables and the image of a Reloader's container say. */
export interface ReloaderOptions {
  readonly args: readonly string[];
  /** `v1.4.6`; empty where the tag is none: then it is the newest. */
  readonly version: string;
  /** Its variable KUBERNETES_NAMESPACE; empty: all namespaces. */
  readonly onlyNamespace: string;
}

type Deployment = Kinds['deployments'];

export function optionsOf({ metadata, spec }: Deployment): ReloaderOptions {
  const { args = [], env = [], image = '' } = spec?.template.spec?.containers[0] ?? {};
  const variable = env.find(({ name }) => name === 'KUBERNETES_NAMESPACE');
  return {
    args,
    version: /:(v[0-9.]+)/.exec(image)?.[1] ?? '',
    onlyNamespace: variable?.value ?? (variable?.valueFrom?.fieldRef === undefined ? '' : (metadata?.namespace ?? '')),
  };
}

/** The flag's last value; `fallback` where it is not given. */
export function flag({ args }: Pick<ReloaderOptions, 'args'>, name: string, fallback = ''): string {
  return flags({ args }, name).at(-1) ?? fallback;
}

/** All values of a flag that takes a list. */
export function listFlag(options: Pick<ReloaderOptions, 'args'>, name: string): readonly string[] {
  return flags(options, name).flatMap((value) => (value === '' ? [] : value.split(',')));
}

export function boolFlag(options: Pick<ReloaderOptions, 'args'>, name: string): boolean {
  return parseBool(options.args.includes(`--${name}`) ? 'true' : flag(options, name));
}

/** As Go reads a boolean. */
export function parseBool(text: string | undefined): boolean {
  return /^(1|t|T|true|TRUE|True)$/.test(text ?? '');
}

function flags({ args }: Pick<ReloaderOptions, 'args'>, name: string): readonly string[] {
  return args.flatMap((arg, index) => {
    if (arg.startsWith(`--${name}=`)) return [arg.slice(name.length + 3)];
    return arg === `--${name}` ? [args[index + 1] ?? ''] : [];
  });
}
