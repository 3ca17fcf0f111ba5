import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { PublishCommand } from '@aws-sdk/client-sns';
import { decrypt, encrypt } from './keys.ts';
import type { Quota } from './quota.ts';
import type { TableAnswer } from './table.ts';

/** A command of the AWS SDK, as far as a simulated service looks at it. */
export interface Command {
  readonly input: object;
  readonly middlewareStack: {
    resolve(send: () => Promise<object>, context: object): (args: object) => Promise<{ output: object }>;
  };
}

/** What a call does when the service carries it out. */
export interface Work {
  readonly operation: string;
  readonly quota?: Quota;
  readonly perform: () => TableAnswer | object;
}

export function onKeys(command: Command, quota: Quota): Work {
  if (command instanceof EncryptCommand)
    return { operation: 'kms:Encrypt', quota, perform: () => encryptedWith(command) };
  if (command instanceof DecryptCommand)
    return { operation: 'kms:Decrypt', quota, perform: () => decryptedWith(command) };
  throw new Error(`The simulated KMS does not support ${command.constructor.name}.`);
}

function encryptedWith(command: EncryptCommand): object {
  const { Plaintext = new Uint8Array(), EncryptionContext } = command.input;
  return { CiphertextBlob: encrypt(Plaintext, EncryptionContext) };
}

function decryptedWith(command: DecryptCommand): object {
  const { CiphertextBlob = new Uint8Array(), EncryptionContext } = command.input;
  return { Plaintext: decrypt(CiphertextBlob, EncryptionContext) };
}

export function onEvents(command: Command): Work {
  if (!(command instanceof PutEventsCommand))
    throw new Error(`The simulated EventBridge does not support ${command.constructor.name}.`);
  const entries = command.input.Entries ?? [];
  const output = { FailedEntryCount: 0, Entries: entries.map(() => ({ EventId: 'any' })) };
  return { operation: 'events:PutEvents', perform: () => output };
}

export function onTopics(command: Command): Work {
  if (!(command instanceof PublishCommand))
    throw new Error(`The simulated SNS does not support ${command.constructor.name}.`);
  return { operation: 'sns:Publish', perform: () => ({ MessageId: 'any' }) };
}
