import type { SecretStoreName } from '../../lambdas/core/connection/secret-store.ts';
import type { Choices } from './choices.ts';
import type { AwsServiceName } from './simulated-aws.ts';

export type Service = AwsServiceName | 'zoho';
/** The services that a consumer calls. */
export type ConsumerService = 'secretsmanager' | 'lambda' | 'api';

/** A period in which every call of one service fails in the same way. */
export interface Outage {
  readonly service: Service | ConsumerService;
  readonly fault: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

const MINUTE_MS = 60_000;

/** A service that accepts calls and answers none. */
export const HANGS = 'no answer';

/** What a service in an outage does to every call for some minutes. */
const AWS_OUTAGES = [
  'denied',
  'throttled',
  'error without effect',
  'timeout without effect',
  'timeout with effect',
  HANGS,
] as const;
const CONSUMER_OUTAGES = ['no answer', 'no answer', 'timeout without effect', 'throttled', 'denied'] as const;
/** What only the second store can do: its key is disabled, or one of its tables is deleted and restored. */
const KMS_OUTAGES = [...AWS_OUTAGES, 'disabled', 'disabled'] as const;
const TABLE_OUTAGES = [...AWS_OUTAGES, 'deleted'] as const;
const ZOHO_OUTAGES = [
  'HTML with HTTP 503',
  'HTML with HTTP 503 after the mint',
  'no answer',
  'no answer after the mint',
  'garbage after the mint',
  'throttled',
  'slow',
] as const;

export function isDuring({ fromMs, untilMs }: Outage, nowMs: number): boolean {
  return fromMs <= nowMs && nowMs < untilMs;
}

/** Whether an outage is one of this service. */
export function hits(outage: Outage, service: Service | ConsumerService): boolean {
  return outage.service === service || (outage.service === 'dynamodb' && service.endsWith(' table'));
}

/** The services that can be in an outage; one that is listed twice is twice as likely. */
const SERVICES: Readonly<Record<SecretStoreName, readonly [Service, ...Service[]]>> = {
  'secrets-manager': ['dynamodb', 'secretsmanager', 'zoho', 'zoho'],
  dynamodb: [
    ...(['dynamodb', 'secretsmanager', 'zoho', 'zoho', 'zoho'] as const),
    ...(['kms', 'kms', 'tokens table', 'credentials table'] as const),
  ],
};

const FAULTS_OF: Readonly<Partial<Record<Service, readonly [string, ...string[]]>>> = {
  zoho: ZOHO_OUTAGES,
  kms: KMS_OUTAGES,
  'tokens table': TABLE_OUTAGES,
  'credentials table': TABLE_OUTAGES,
};

export function planOutage(
  { choices, store }: { readonly choices: Choices; readonly store: SecretStoreName },
  name: string,
  phaseFromMs: number,
  phaseUntilMs: number,
): Outage | undefined {
  if (!choices.happens(`${name} outage`, 0.35)) return undefined;
  const service = choices.pick<Service>(`${name} service`, SERVICES[store]);
  const fault = choices.pick<string>(`${name} kind`, FAULTS_OF[service] ?? AWS_OUTAGES);
  const fromMs = choices.between(`${name} begin`, phaseFromMs, phaseUntilMs);
  const untilMs = Math.min(phaseUntilMs, fromMs + choices.between(`${name} minutes`, 1, 30) * MINUTE_MS);
  return { service, fault, fromMs, untilMs };
}

export function planConsumerOutage(
  choices: Choices,
  phase: string,
  phaseFromMs: number,
  phaseUntilMs: number,
): Outage | undefined {
  const name = `${phase} consumers`;
  if (!choices.happens(`${name} outage`, 0.3)) return undefined;
  const service = choices.pick<ConsumerService>(`${name} service`, [
    'secretsmanager',
    'secretsmanager',
    'lambda',
  ]);
  const fault = choices.pick<string>(`${name} kind`, CONSUMER_OUTAGES);
  const fromMs = choices.between(`${name} begin`, phaseFromMs, phaseUntilMs);
  const untilMs = Math.min(phaseUntilMs, fromMs + choices.between(`${name} minutes`, 1, 10) * MINUTE_MS);
  return { service, fault, fromMs, untilMs };
}

export function planTopicOutage(
  choices: Choices,
  phase: string,
  phaseFromMs: number,
  phaseUntilMs: number,
): Outage | undefined {
  const name = `${phase} topics`;
  if (!choices.happens(`${name} outage`, 0.3)) return undefined;
  const fault = choices.pick<string>(`${name} kind`, AWS_OUTAGES);
  const fromMs = choices.between(`${name} begin`, phaseFromMs, phaseUntilMs);
  const untilMs = Math.min(phaseUntilMs, fromMs + choices.between(`${name} minutes`, 1, 30) * MINUTE_MS);
  return { service: 'sns', fault, fromMs, untilMs };
}
