/**
 * The doors of ConsentApi: an alias for each kind of caller, because IAM cannot look into a payload.
 * - `pages`: the public pages, which can show an invite, begin a consent and hand in what Zoho answered
 * - `http`: API Gateway, which vouches for the AWS principal of a request
 * - `callers`: backends and operators, who create, complete, reject and cancel invites
 * - `schedule`: the sweep
 */
export const CONSENT_DOORS = ['pages', 'http', 'callers', 'schedule'] as const;
export type ConsentDoor = (typeof CONSENT_DOORS)[number];

/** The door that an invocation came through, from the context's `invokedFunctionArn`; undefined for a call without one of ours. */
export function consentDoorOf(invokedFunctionArn: string): ConsentDoor | undefined {
  const qualifier = invokedFunctionArn.split(':')[7];
  return CONSENT_DOORS.find((door) => door === qualifier);
}
