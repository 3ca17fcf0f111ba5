import { randomUUID } from 'node:crypto';
import type { Logger } from '@aws-lambda-powertools/logger';
import { createClientSecrets } from '../adapters/client-secrets.ts';
import { createConnectionTable } from '../adapters/connection-table.ts';
import { createPowertoolsLog } from '../adapters/powertools-log.ts';
import { createSealedCredentials } from '../adapters/sealed/sealed-credentials.ts';
import { createSealer } from '../adapters/sealed/sealer.ts';
import type { ConnectionSecretStore, ConsentPorts, Entropy } from '../core/invites/consent-ports.ts';
import type { Clock, ConnectionStore } from '../core/ports.ts';
import { createConnectionSecretStore } from './adapters/connection-secrets.ts';
import { createConsentEventBus } from './adapters/consent-event-bus.ts';
import { createConsentMetrics } from './adapters/consent-metrics.ts';
import { createInviteTable } from './adapters/invite-table.ts';
import { createKmsSealer } from './adapters/kms-sealer.ts';
import { createRefresherCaller } from './adapters/refresher-caller.ts';
import {
  createSealedConnectionSecrets,
  routeConnectionSecrets,
} from './adapters/sealed-connection-secrets.ts';
import { createZohoConsent } from './adapters/zoho-consent.ts';
import type { ConsentAwsClients } from './aws-clients.ts';
import type { ConsentConfig } from './config.ts';
import { type ConsentHandler, createConsentHandler } from './create-handler.ts';

/** One call to Zoho. An exchange and what follows must end within API Gateway's 30 s. */
const ZOHO_TIMEOUT_MS = 8_000;

/** The environment of ConsentApi: real in Lambda, simulated in the sandbox. */
export interface ConsentWorld {
  readonly config: ConsentConfig;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly aws: ConsentAwsClients;
  readonly fetch: typeof globalThis.fetch;
  readonly logger: Logger;
  /** Writes one line of CloudWatch's embedded metric format. */
  readonly writeMetricLine: (line: string) => void;
}

/** Composes ConsentApi. The same code runs in Lambda and in the sandbox; only the environment differs. */
export function composeConsentApi(world: ConsentWorld): ConsentHandler {
  return createConsentHandler({ ports: composePorts(world), settings: world.config, logger: world.logger });
}

function composePorts({
  config,
  clock,
  entropy,
  aws,
  fetch,
  logger,
  writeMetricLine,
}: ConsentWorld): ConsentPorts {
  const { secretPrefix, keyArn, announcesEmail } = config;
  const connections = createConnectionTable(aws.dynamoDb, config.connectionsTable);
  const log = createPowertoolsLog(logger);
  return {
    ...{ clock, entropy, log },
    invites: createInviteTable(aws.dynamoDb, config.consentsTable),
    connections,
    secrets: composeSecrets(aws, config, connections),
    clients: createClientSecrets(aws.secretsManager, secretPrefix),
    sealer: createKmsSealer(aws.kms, { keyArn, secretPrefix }),
    zoho: createZohoConsent({ timeoutMs: ZOHO_TIMEOUT_MS, clock, fetch }),
    refresher: createRefresherCaller(aws.lambda, { target: config.refresherTarget, clock, log }),
    events: config.sendsEvents
      ? createConsentEventBus(aws.eventBridge, { secretPrefix, announcesEmail, log })
      : { announce: () => Promise.resolve() },
    metrics: createConsentMetrics({ secretPrefix, clock, writeLine: writeMetricLine }),
  };
}

/** In Secrets Manager, or in both stores. */
function composeSecrets(
  { secretsManager, dynamoDb, kms }: ConsentAwsClients,
  { secretPrefix, keyArn, stackTags: tags, credentialsTable, connectedStore }: ConsentConfig,
  connections: ConnectionStore,
): ConnectionSecretStore {
  const ofSecretsManager = createConnectionSecretStore(secretsManager, { secretPrefix, keyArn, tags });
  if (credentialsTable === undefined || connectedStore === undefined) return ofSecretsManager;
  const sealer = createSealer(kms, { keyArn, secretPrefix });
  const credentials = createSealedCredentials(dynamoDb, { tableName: credentialsTable, sealer });
  const dynamodb = createSealedConnectionSecrets({ credentials, connections, newVersionId: randomUUID });
  return routeConnectionSecrets(
    { 'secrets-manager': ofSecretsManager, dynamodb },
    connections,
    connectedStore,
  );
}
