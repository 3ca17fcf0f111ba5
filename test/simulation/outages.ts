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

export function planOutage(
  choices: Choices,
  name: string,
  phaseFromMs: number,
  phaseUntilMs: number,
): Outage | undefined {
  if (!choices.happens(`${name} outage`, 0.35)) return undefined;
  const service = choices.pick<Service>(`${name} service`, ['dynamodb', 'secretsmanager', 'zoho', 'zoho']);
  const fault = choices.pick<string>(`${name} kind`, service === 'zoho' ? ZOHO_OUTAGES : AWS_OUTAGES);
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
