import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { composeRefresher } from '../../lambdas/refresher/compose-refresher.ts';
import { clientConfigFor } from '../aws/client-config.ts';
import { FUNCTION } from '../aws/secret-permissions.ts';
import { createAwsClientsWithoutTimeouts } from '../deployment/aws-clients-without-timeouts.ts';
import { contextOf, doorFor } from '../deployment/lambda-context.ts';
import { seededRandom } from '../deployment/random.ts';
import { fetchThrough } from '../deployment/zoho-router.ts';
import { SharedClock } from './shared-clock.ts';
import { type FromWorker, productOf, type ToWorker, type WorkerSetup } from './worker-protocol.ts';

/** A refresher in a process of its own, which may be stopped, continued and killed at any point. */
const setup = JSON.parse(process.argv[2] ?? '') as WorkerSetup;
const clock = new SharedClock(process.argv[3] ?? '');
const route = fetchThrough(setup.routes);
const handler = composeRefresher({
  config: setup.config,
  clock: {
    now: () => clock.now() + setup.clockAheadMs,
    monotonic: () => clock.now(),
    abortAfter: (ms) => clock.abortAfter(ms),
  },
  random: seededRandom(setup.seed),
  newLeaseOwner: () => `${setup.name}/${randomUUID()}`,
  aws: createAwsClientsWithoutTimeouts((service) => ({
    ...clientConfigFor(setup.endpoints[service], FUNCTION),
    userAgentAppId: setup.name,
  })),
  fetch: (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('user-agent', productOf(setup.name));
    return route(input, { ...init, headers });
  },
  logger: new Logger({ serviceName: 'zoho', logLevel: 'SILENT' }),
  writeMetricLine: (metricLine) => send({ metricLine }),
});

process.on('message', (message: ToWorker) => {
  clock.fireTimers();
  const { id, event } = message;
  if (id === undefined) return;
  const endsMs = clock.now() + setup.config.functionTimeoutSeconds * 1000;
  const context = contextOf(doorFor(event));
  handler(event, { ...context, getRemainingTimeInMillis: () => endsMs - clock.now() }).then(
    (result) => send({ id, result }),
    (error: unknown) => send({ id, error: String(error) }),
  );
});
process.once('disconnect', () => process.exit());
send({ ready: true });

function send(message: FromWorker): void {
  process.send?.(message);
}
