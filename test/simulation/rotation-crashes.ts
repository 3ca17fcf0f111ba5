import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutSecretValueCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import type { Crash } from './call-plan.ts';
import type { Choices } from './choices.ts';
import { SEALED_TABLES } from './sealed-store.ts';

/** The calls between Zoho's answer with a new refresh token and the publish of the access token, in order. */
type Step = 'store the refresh token' | 'make it current' | 'publish the access token';

export interface RotationCrash {
  readonly fault: string;
  readonly crash: Crash;
}

/** Where the process can crash at each step. */
const CRASHES: readonly [Crash, ...Crash[]] = ['before', 'after-effect', 'on-answer'];

/**
 * Ends processes exactly between Zoho's answer with a rotated refresh token and the publish of its access token: before or after it is
 * stored, after it is made current, and before the access token is published. The general faults hit these moments too rarely.
 */
export class RotationCrashes {
  readonly #choices: Choices;
  readonly #isCredentials: (secretName: string) => boolean;
  /** How likely each step fails. */
  readonly #rate: number;
  /** Processes that have made a rotated refresh token current, and have not published since. */
  readonly #rotated = new Set<string>();

  constructor(choices: Choices, isCredentials: (secretName: string) => boolean) {
    this.#choices = choices;
    this.#isCredentials = isCredentials;
    this.#rate = choices.pick('rotation crash rate', [0, 0.15, 0.4]);
  }

  get canHappen(): boolean {
    return this.#rate > 0;
  }

  /** The crash during a call of a process, or undefined for none. */
  during(call: string, command: object): RotationCrash | undefined {
    const step = this.#stepOf(processOf(call), command);
    if (step === undefined || !this.#choices.happens(`${call} rotation crash`, this.#rate)) return undefined;
    const crash = this.#choices.pick(`${call} rotation crash how`, CRASHES);
    return { crash, fault: `crash ${crash === 'before' ? 'before' : 'after'} it could ${step}` };
  }

  #stepOf(process: string, command: object): Step | undefined {
    if (command instanceof PutItemCommand) return this.#stepOfSecondStore(process, command.input.TableName);
    const isPut = command instanceof PutSecretValueCommand;
    if (!isPut && !(command instanceof UpdateSecretVersionStageCommand)) return undefined;
    if (this.#isCredentials(command.input.SecretId ?? '')) {
      if (!isPut) this.#rotated.add(process);
      return isPut ? 'store the refresh token' : 'make it current';
    }
    return isPut && this.#rotated.delete(process) ? 'publish the access token' : undefined;
  }

  /** One write stores a refresh token there and makes it current. */
  #stepOfSecondStore(process: string, tableName: string | undefined): Step | undefined {
    const isStored = tableName === SEALED_TABLES.credentials;
    if (isStored) this.#rotated.add(process);
    else if (tableName !== SEALED_TABLES.tokens || !this.#rotated.delete(process)) return undefined;
    return isStored ? 'make it current' : 'publish the access token';
  }
}

function processOf(call: string): string {
  return call.split(' ')[0] ?? '';
}
