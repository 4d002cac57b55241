import type { Command } from 'commander';
import { beQuiet } from './say.ts';

interface GlobalOptions {
  readonly address?: string;
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly quiet?: true;
}

/** Options of every command. Each stands for a variable of the environment, and goes before it. */
export function addGlobalOptions(program: Command): void {
  program
    .option('--address <host:port>', 'Temporal, instead of TEMPORAL_ADDRESS')
    .option('--namespace <name>', "Temporal's namespace, instead of TEMPORAL_NAMESPACE")
    .option('--kubeconfig <file>', 'Kubernetes, instead of KUBECONFIG')
    .option('-q, --quiet', 'no progress on stderr; errors, and what waits for you, still appear')
    // picocolors reads the option itself.
    .option('--no-color', 'no colours, as with NO_COLOR')
    .hook('preAction', (_, action) => {
      const { address, namespace, kubeconfig, quiet } = action.optsWithGlobals<GlobalOptions>();
      const variables = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, KUBECONFIG: kubeconfig };
      for (const [name, value] of Object.entries(variables)) if (value !== undefined) process.env[name] = value;
      if (quiet === true) beQuiet();
    });
}
