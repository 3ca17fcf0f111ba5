import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../../lambdas/core/ports.ts';
import type { RefreshDependencies } from '../../../lambdas/refresher/refresh-context.ts';
import type { SecretStore } from '../../../sandbox/aws/secret-store.ts';
import type { ClientCredentials, ClientRegistration, Consent } from '../../../sandbox/zoho/zoho-simulator.ts';

/** The ports that call other machines, implemented by the product's own adapters. */
export type Ports = Pick<
  RefreshDependencies,
  'connections' | 'credentials' | 'rotatedCredentials' | 'tokenEndpoint' | 'tokens'
>;

/** The calls of AWS that the adapters make. */
export type AwsOperation =
  | 'GetItem'
  | 'PutItem'
  | 'UpdateItem'
  | 'Query'
  | 'GetSecretValue'
  | 'PutSecretValue'
  | 'UpdateSecretVersionStage';

/** Faults of one call of AWS, including the SDK's retries. The names are those of the simulation. */
export const AWS_FAULT_NAMES = [
  'denied',
  'throttled',
  'error without effect',
  'error with effect',
  'answer lost, tried again',
  'no answer',
] as const;
export type AwsFault = (typeof AWS_FAULT_NAMES)[number];

/** A call that has reached its service and has no answer yet. */
export interface PendingCall<T> {
  isOver(): boolean;
  readonly outcome: Promise<T>;
}

/** What developers and users do at Zoho, and what only a simulator knows. */
export interface ZohoUnderTest {
  register(registration: ClientRegistration): ClientCredentials;
  /** Returns the refresh token of the consent. */
  grant(consent: Consent): string;
  revoke(refreshToken: string): void;
  isValid(accessToken: string): boolean;
  /** How many access tokens were minted with a refresh token. */
  mintsWith(refreshToken: string): number;
  /** Injects a fault of the simulation into the next call of the token endpoint. */
  failNext(fault: string): void;
}

/** Ports over one implementation of AWS and Zoho, with an empty table and no secrets. */
export interface PortsUnderTest {
  readonly clock: Clock;
  /** Each call runs to its end, however much simulated time it takes. */
  readonly ports: Ports;
  /** The secrets as an operator sees them. Names as in {@link secretOf}. */
  readonly secrets: SecretStore;
  readonly zoho: ZohoUnderTest;
  /** Name of a secret of the connection `crm-prod`. */
  secretOf(kind: 'credentials' | 'access-token'): string;
  /** Writes a row without the product. */
  putItem(item: Record<string, AttributeValue>): Promise<void>;
  readItem(connection: string): Promise<Record<string, AttributeValue> | undefined>;
  /** Injects a fault into the next call of the operation. */
  failNext(operation: AwsOperation, fault: AwsFault): void;
  /** Starts a call that gets no answer by itself, and returns when its service has received it. */
  begin<T>(start: (ports: Ports) => Promise<T>): Promise<PendingCall<T>>;
  /** Advances the time, and runs all that is due. */
  passTime(ms: number): Promise<void>;
}

/** A fact that holds whatever implements the ports. */
export interface PortFact {
  readonly fact: string;
  readonly check: (world: PortsUnderTest) => Promise<void>;
}

/** `check` gets ports whose table and secrets no other fact uses. */
export function fact(fact: string, check: PortFact['check']): PortFact {
  return { fact, check };
}
