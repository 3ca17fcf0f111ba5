import type { AwsClient, ZohoClientErrorCode } from '../client/index.ts';
import { Redacted } from '../core/redacted.ts';
import { serializeAccessToken } from '../core/secrets/access-token.ts';
import { DATA_CENTERS, type DataCenterLocation } from '../core/zoho/data-centers.ts';

/** Errors that the state of a deployment causes. The others depend on how the client is called. */
export const DEPLOYMENT_ERROR_CODES = [
  'not_authorized',
  'malformed_token',
  'wrong_connection',
  'token_expired',
  'secret_unavailable',
] as const satisfies readonly ZohoClientErrorCode[];

export type DeploymentErrorCode = (typeof DEPLOYMENT_ERROR_CODES)[number];

const HOUR_MS = 3_600_000;

/** A token secret and a refresher in memory, behind the interfaces of the AWS SDK's clients. */
export class FakeDeployment {
  readonly #connection: string;
  readonly #dataCenter: DataCenterLocation;
  #generation = 1;
  #issuedAtMs = aMinuteAgo();
  #failure: DeploymentErrorCode | undefined;

  constructor(connection: string, dataCenter: DataCenterLocation) {
    this.#connection = connection;
    this.#dataCenter = dataCenter;
  }

  /** Makes every read of the token end with this error. */
  fail(code: DeploymentErrorCode | undefined): void {
    this.#failure = code;
  }

  readonly secretsManager: AwsClient = {
    send: () => {
      switch (this.#failure) {
        case 'not_authorized':
          return Promise.reject(awsError('ResourceNotFoundException', NO_VALUE));
        case 'secret_unavailable':
          return Promise.reject(awsError('AccessDeniedException', 'The fake denies access.'));
        case 'malformed_token':
          return Promise.resolve({ SecretString: '{}' });
        case 'wrong_connection':
          return Promise.resolve({ SecretString: this.#secret(this.#issuedAtMs, 'another') });
        case 'token_expired':
          return Promise.resolve({ SecretString: this.#secret(Date.now() - 2 * HOUR_MS) });
        default:
          this.#renewExpired();
          return Promise.resolve({ SecretString: this.#secret(this.#issuedAtMs) });
      }
    },
  };

  readonly refresher: AwsClient = {
    send: () => {
      const isBlocked = this.#failure !== undefined;
      if (!isBlocked) this.#issue();
      const answer = { outcome: isBlocked ? 'blocked' : 'refreshed' };
      return Promise.resolve({ Payload: new TextEncoder().encode(JSON.stringify(answer)) });
    },
  };

  #renewExpired(): void {
    if (Date.now() >= this.#issuedAtMs + HOUR_MS) this.#issue();
  }

  #issue(): void {
    this.#generation += 1;
    this.#issuedAtMs = aMinuteAgo();
  }

  #secret(issuedAtMs: number, connection = this.#connection): string {
    return serializeAccessToken({
      accessToken: new Redacted(`fake-access-token-${this.#generation}`),
      apiDomain: DATA_CENTERS[this.#dataCenter].apiDomain,
      dataCenter: this.#dataCenter,
      scope: '',
      connection,
      generation: this.#generation,
      issuedAtMs,
      expiresAtMs: issuedAtMs + HOUR_MS,
      refreshAfterMs: issuedAtMs + HOUR_MS,
    });
  }
}

/** Old enough for the client to take a rejection seriously. */
function aMinuteAgo(): number {
  return Date.now() - 60_000;
}

/** Secrets Manager's text for a secret without a value. */
const NO_VALUE = "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT";

/** An error as the AWS SDK throws it. */
function awsError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode: 400 } });
}
