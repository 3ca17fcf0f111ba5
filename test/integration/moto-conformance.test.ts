import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, describe, it } from 'vitest';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { SecretUnderTest, secretsManagerContract } from '../support/secrets-manager-contract.ts';

/** moto's server without threads (its state has no locks), on a free port; it ends when its stdin does. */
const MOTO_SERVER = `
import os, sys, threading
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
server = make_server('127.0.0.1', 0, DomainDispatcherApplication(create_backend_app), threaded=False)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print(server.server_port, flush=True)
server.serve_forever()
`;

const START_LIMIT_MS = 20_000;

const moto = await startMoto();
if (moto.kind === 'missing') {
  const skipped = `Secrets Manager is not compared with moto: ${moto.why}`;
  console.warn(skipped);
  it.skip(skipped);
} else {
  describe('Secrets Manager, as moto and the contract agree on it', () => {
    const client = new SecretsManagerClient(clientConfigFor(moto.endpoint));

    afterAll(() => {
      client.destroy();
      moto.stop();
    });

    const agreed = secretsManagerContract.filter(({ motoDiffers }) => motoDiffers === undefined);
    for (const [index, { fact, check }] of agreed.entries()) {
      it(fact, () => check(new SecretUnderTest(client, `contract/${index}`)));
    }
  });
}

type Moto =
  | { readonly kind: 'running'; readonly endpoint: string; stop(): void }
  | { readonly kind: 'missing'; readonly why: string };

async function startMoto(): Promise<Moto> {
  const child = spawn('python3', ['-c', MOTO_SERVER], { stdio: ['pipe', 'pipe', 'ignore'] });
  const stop = () => {
    child.kill('SIGKILL');
  };
  const ended = Promise.race([once(child, 'exit'), once(child, 'error')]).then(
    () => undefined,
    () => undefined,
  );
  const started = once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line));
  const port = await Promise.race([started, ended, delay(START_LIMIT_MS, undefined, { ref: false })]);
  if (port === undefined) {
    stop();
    return { kind: 'missing', why: 'python3 with moto[server] is not installed, or did not start' };
  }
  return { kind: 'running', endpoint: `http://127.0.0.1:${port}`, stop };
}
