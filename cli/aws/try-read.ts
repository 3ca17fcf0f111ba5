import { InfrastructureError } from '../../lambdas/core/failures.ts';

/** The value that was read, or why AWS did not return it. */
export type ReadResult<Value> =
  | { readonly kind: 'read'; readonly value: Value }
  | { readonly kind: 'unavailable'; readonly error: InfrastructureError };

/** Reads, and returns an error of AWS as a value. Still throws bugs and usage errors. */
export async function tryRead<Value>(read: () => Promise<Value>): Promise<ReadResult<Value>> {
  try {
    return { kind: 'read', value: await read() };
  } catch (error) {
    if (error instanceof InfrastructureError) return { kind: 'unavailable', error };
    throw error;
  }
}

/** The value, or undefined when the caller has no permission to read it. Throws every other error. */
export async function readIfAllowed<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof InfrastructureError && error.code === 'aws_access_denied') return undefined;
    throw error;
  }
}

/** The value, or undefined when it is unavailable. */
export function valueIfRead<Value>(result: ReadResult<Value>): Value | undefined {
  return result.kind === 'read' ? result.value : undefined;
}

/** Which call failed and how, e.g. `dynamodb:GetItem on Connections returned AccessDeniedException`. */
export function describeFailedRead({ call, code, message }: InfrastructureError): string {
  if (call === undefined) return message;
  const key = isOfTheKey(call, code) ? ' (kms:Decrypt with its key)' : '';
  return `${call.action} on ${call.resource}${key} returned ${call.errorName}`;
}

/** The IAM action that the caller is not allowed to use; undefined for every other error. */
export function deniedAction({ call, code }: InfrastructureError): string | undefined {
  if (isOfTheKey(call, code)) return 'kms:Decrypt';
  return code === 'aws_access_denied' || code === 'aws_kms_denied' ? call?.action : undefined;
}

/** Whether a call of another service was denied because of the key that it uses. */
function isOfTheKey(call: InfrastructureError['call'], code: InfrastructureError['code']): boolean {
  return code === 'aws_kms_denied' && call?.action.startsWith('kms:') !== true;
}
