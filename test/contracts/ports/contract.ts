import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../../lambdas/core/ports.ts';
import type { RefreshDependencies } from '../../../lambdas/refresher/refresh-context.ts';
import type { SecretStore } from '../../../sandbox/aws/secret-store.ts';
import type { ClientCredentials, ClientRegistration, Consent } from '../../../sandbox/zoho/zoho-simulator.ts';

/** The ports that reach another machine, made of the product's own adapters. */
export type Ports = Pick<RefreshDependencies, 'connections' | 'credentials' | 'tokenEndpoint' | 'tokens'>;

/** The calls of AWS that the adapters make. */
export type AwsOperation =
  | 'GetItem'
  | 'PutItem'
  | 'UpdateItem'
  | 'Query'
  | 'GetSecretValue'
  | 'PutSecretValue'
  | 'UpdateSecretVersionStage';

/** What can happen to one call of AWS, the attempts of the SDK included: names of the simulation's faults. */
export const AWS_TROUBLES = [
  'denied',
  'throttled',
  'error without effect',
  'error with effect',
  'answer lost, tried again',
  'no answer',
] as const;
export type AwsTrouble = (typeof AWS_TROUBLES)[number];

/** A call that has reached its service and is not answered yet. */
export interface BegunCall<T> {
  isOver(): boolean;
  readonly outcome: Promise<T>;
}

/** Zoho as developers and users see it in their browsers, and what only a simulator tells. */
export interface ZohoByHand {
  register(registration: ClientRegistration): ClientCredentials;
  /** A consent's refresh token. */
  grant(consent: Consent): string;
  revoke(refreshToken: string): void;
  isValid(accessToken: string): boolean;
  /** How many access tokens were minted with a refresh token. */
  mintsWith(refreshToken: string): number;
  /** Strikes the next call of the token endpoint; a name of the simulation's faults. */
  strikeNext(fault: string): void;
}

/** The ports over some AWS and some Zoho, with an empty table and no secrets. */
export interface PortsUnderTest {
  readonly clock: Clock;
  /** Each call is carried to its end, however much of this world's time that takes. */
  readonly ports: Ports;
  /** The secrets as an operator sees them. Names as in {@link secretOf}. */
  readonly secrets: SecretStore;
  readonly zoho: ZohoByHand;
  /** Name of a secret of the connection that the facts are about. */
  secretOf(kind: 'credentials' | 'access-token'): string;
  /** A row as somebody else writes and sees it. */
  putItem(item: Record<string, AttributeValue>): Promise<void>;
  readItem(connection: string): Promise<Record<string, AttributeValue> | undefined>;
  /** Strikes the next call of this operation. */
  strikeNext(operation: AwsOperation, trouble: AwsTrouble): void;
  /** Starts a call that will not be answered by itself, and returns when its service has got it. */
  begin<T>(start: (ports: Ports) => Promise<T>): Promise<BegunCall<T>>;
  /** Lets time pass, with all that happens in it. */
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
