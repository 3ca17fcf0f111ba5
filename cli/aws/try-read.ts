import { InfrastructureError } from '../../lambdas/core/failures.ts';

/** Something that was looked at, or why it could not be seen. */
export type Look<Value> =
  | { readonly kind: 'seen'; readonly value: Value }
  | { readonly kind: 'unseen'; readonly error: InfrastructureError };

/** Looks, and takes what AWS refuses for an answer. Bugs and the operator's own mistakes are still thrown. */
export async function look<Value>(read: () => Promise<Value>): Promise<Look<Value>> {
  try {
    return { kind: 'seen', value: await read() };
  } catch (error) {
    if (error instanceof InfrastructureError) return { kind: 'unseen', error };
    throw error;
  }
}

/** What is read, or undefined for whoever has not the right to read it. Throws whatever else AWS refuses. */
export async function ifAllowed<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof InfrastructureError && error.code === 'aws_access_denied') return undefined;
    throw error;
  }
}

/** The value, or undefined when it could not be seen. */
export function ifSeen<Value>(looked: Look<Value>): Value | undefined {
  return looked.kind === 'seen' ? looked.value : undefined;
}

/** What is missing, as an IAM action where that is it. */
export function missingOf({ call, code, message }: InfrastructureError): string {
  if (call === undefined) return message;
  const keyOf = code === 'aws_kms_denied' ? ' (kms:Decrypt with its key)' : '';
  return `${call.action} on ${call.resource}${keyOf}, AWS answered ${call.errorName}`;
}

/** The IAM action that whoever asks has not the right to, or undefined when AWS refused for another reason. */
export function deniedAction({ call, code }: InfrastructureError): string | undefined {
  if (code === 'aws_kms_denied') return 'kms:Decrypt';
  return code === 'aws_access_denied' ? call?.action : undefined;
}
