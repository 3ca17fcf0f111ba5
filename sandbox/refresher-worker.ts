import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { composeRefresher } from '../lambdas/refresher/compose-refresher.ts';
import { clientConfigFor } from './aws/client-config.ts';
import { ManualClock } from './clock.ts';
import { lambdaContext } from './lambda-context.ts';
import { createPatientAwsClients } from './patient-clients.ts';
import { seededRandom } from './random.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './refresher-process.ts';
import { fetchThrough } from './zoho-router.ts';

/** A refresher in an operating-system process of its own. It is told the time with every event, and may be killed. */
const setup = JSON.parse(process.argv[2] ?? '') as WorkerSetup;
const clock = new ManualClock(0);
const handler = composeRefresher({
  config: setup.config,
  clock,
  random: seededRandom(setup.seed),
  newLeaseOwner: randomUUID,
  aws: createPatientAwsClients({
    dynamoDb: clientConfigFor(setup.dynamoDbEndpoint),
    secretsManager: clientConfigFor(setup.secretsManagerEndpoint),
  }),
  fetch: fetchThrough(setup.routes),
  logger: new Logger({ serviceName: 'zoho', logLevel: 'SILENT' }),
  writeMetricLine: (metricLine) => send({ metricLine }),
});

process.on('message', (message: ToWorker) => {
  clock.advanceTo(message.nowMs);
  handler(message.event, lambdaContext()).then(
    (result) => send({ id: message.id, result }),
    (error: unknown) => send({ id: message.id, error: String(error) }),
  );
});
send({ ready: true });

function send(message: FromWorker): void {
  process.send?.(message);
}
