import { PassThrough } from 'node:stream';
import { Exec, type V1Status } from '@kubernetes/client-node';
import { objectName } from '../domain/component.ts';
import { RotationError } from '../domain/failures.ts';
import type { KubernetesConnection } from './connection.ts';
import { isForbiddenUpgrade, webSocketReason } from './errors.ts';

export interface ExecResult {
  readonly succeeded: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program in a pod's container, with `stdin` as its input. An argument would stand in the API server's audit
 * log and in the node's process list.
 * @throws RotationError `KubernetesForbidden` when the account lacks the right, `KubernetesUnavailable` when the API
 *   does not finish in time.
 */
export async function execInPod(
  connection: KubernetesConnection,
  target: { readonly namespace: string; readonly pod: string; readonly container: string },
  command: readonly string[],
  stdin: string,
  timeoutMs: number,
): Promise<ExecResult> {
  const doing = `run ${command[0] ?? ''} in ${objectName('Pod', target.namespace, target.pod)}, container ${target.container}`;
  const stdout = collect();
  const stderr = collect();
  const input = new PassThrough();
  return new Promise<ExecResult>((resolve, reject) => {
    let over = false;
    let close = (): void => undefined;
    const end = (): void => {
      over = true;
      clearTimeout(timer);
      close();
    };
    const fail = (why: string): void => {
      end();
      reject(new RotationError('KubernetesUnavailable', `Could not ${doing}: ${why}.`));
    };
    const timer = setTimeout(() => fail(`it did not end within ${timeoutMs / 1_000} s`), timeoutMs);
    const finished = (status: V1Status): void => {
      end();
      resolve({ succeeded: status.status === 'Success', stdout: stdout.text(), stderr: stderr.text() });
    };
    new Exec(connection.kubeConfig)
      .exec(
        target.namespace,
        target.pod,
        target.container,
        [...command],
        stdout.stream,
        stderr.stream,
        input,
        false,
        finished,
      )
      .then(
        (socket) => {
          close = () => socket.close();
          socket.on('close', () => fail('the connection was closed before the program ended'));
          // After the time limit the connection is closed, so a program that starts late has no input.
          if (over) close();
          else input.end(stdin);
        },
        (error: unknown) => {
          if (!isForbiddenUpgrade(error)) {
            fail(webSocketReason(error));
            return;
          }
          end();
          reject(
            new RotationError(
              'KubernetesForbidden',
              `Could not ${doing}: the right to get and create pods/exec is missing. "cnpg-rotate rights --exec" prints it.`,
            ),
          );
        },
      );
  });
}

function collect(): { readonly stream: PassThrough; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  // An error of the output after the program's end does not matter.
  stream.on('error', () => undefined);
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
