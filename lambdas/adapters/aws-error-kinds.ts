import { networkCodeOf } from './network-code.ts';

/** What an AWS error means, whatever the service calls it. */
export type AwsErrorKind =
  | 'denied'
  /** The caller may not use the KMS key, or the key is disabled. */
  | 'kms-denied'
  | 'credentials-missing'
  /** The caller's credentials are expired or wrong. */
  | 'credentials-rejected'
  | 'throttled'
  | 'not-found'
  /** The secret is scheduled for deletion. */
  | 'being-deleted'
  /** The request is invalid: sending it again does not help. */
  | 'invalid-request'
  /** No answer, a server error, or an unknown name. */
  | 'unavailable';

/**
 * Regular expressions for names of errors without their ending (`Exception`, `Error`, `Fault`): some services send it or not, depending on the
 * protocol. Source: the services' API references, "Common errors"; the SDK's list of throttling errors.
 */
const NAMES = {
  denied: 'AccessDenied|AuthorizationError|NotAuthorized|OptInRequired',
  'kms-denied':
    '(De|En)cryptionFailure|Disabled|IncorrectKey|InvalidCiphertext|KMS(?!Internal|Throttling)\\w+',
  'credentials-missing': 'CredentialsProvider',
  'credentials-rejected':
    'ExpiredToken|\\w*Signature\\w*|InvalidClientTokenId|MissingAuthenticationToken|TokenProvider|UnrecognizedClient',
  throttled: '(KMS)?Throttling|(Request)?Throttled|\\w*(Limit|Throughput)Exceeded|TooManyRequests',
  'not-found': '(Resource)?NotFound',
  'invalid-request': 'Invalid(Format|Parameter\\w*)|MissingRequiredParameter|Validation',
};

/**
 * Texts of a denied key: "Access to KMS is not allowed", "... is not authorized to perform: kms:Decrypt", "The ciphertext
 * refers to a customer master key that ...". A denied secret may be named kms as well: that is not one.
 */
const NAMES_THE_KEY = /access to kms|\bkms:|customer master key|kms key/i;

/** Classifies what the AWS SDK threw. Anything that is not an AWS error is `unavailable`. */
export const classifyAwsError = (error: unknown): AwsErrorKind => {
  const name = nameOfAwsError(error);
  const { message, $metadata } = Object(error) as {
    message: string;
    $metadata?: { httpStatusCode?: unknown };
  };
  if (name === 'AccessDeniedException' && NAMES_THE_KEY.test(message)) return 'kms-denied';
  if (name === 'InvalidRequestException' && /delet(ion|ed)/i.test(message)) return 'being-deleted';
  const kind = classifyAwsErrorName(name);
  return kind === 'unavailable' && $metadata?.httpStatusCode === 429 ? 'throttled' : kind;
};

/** Classifies by the name alone, as in `InfrastructureError.call`. Details that only AWS's text has are lost. */
export const classifyAwsErrorName = (name: string): AwsErrorKind => {
  const kinds = Object.keys(NAMES) as (keyof typeof NAMES)[];
  const isNamed = (kind: keyof typeof NAMES) =>
    new RegExp(`^(${NAMES[kind]})(Exception|Error|Fault)?$`).test(name);
  return kinds.find(isNamed) ?? 'unavailable';
};

/**
 * Whether KMS refuses a ciphertext, and not its caller: it is damaged, or was encrypted with another key or for something else.
 * Source: "Errors" of Decrypt in KMS's API reference.
 */
export const isCiphertextRefused = (name: string): boolean => /^(IncorrectKey|InvalidCiphertext)/.test(name);

/**
 * The code of an error of Node.js (`ECONNREFUSED`), whose name says nothing, or else the name. Both may come from the response as
 * well: text that does not look like a name is not shown.
 */
export const nameOfAwsError = (error: unknown): string => {
  const name = error instanceof Error ? error.name : typeof error;
  const code = /^(|Type|Aggregate)Error$/.test(name) ? networkCodeOf(error) : undefined;
  if (code) return code;
  return /^[A-Za-z]\w{0,63}$/.test(name) ? name : 'an error without a name';
};

export const hasName = (error: unknown, name: string): boolean =>
  error instanceof Error && error.name === name;
