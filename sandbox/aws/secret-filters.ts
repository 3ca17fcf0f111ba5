import { AwsError } from './aws-error.ts';
import type { SecretRecord } from './secret-record.ts';
import type { RequestOf } from './secret-requests.ts';

/** A filter of ListSecrets. */
type Filter = NonNullable<RequestOf<'ListSecrets'>['Filters']>[number];

/**
 * True if an attribute begins with one of the values; case-sensitive. A value that begins with `!` is a negation.
 * Source: API_Filter. The stand-in knows the keys that have an attribute here.
 */
export function matchesFilter(secret: SecretRecord, { Key: key, Values: values }: Filter): boolean {
  const attributes: Partial<Record<Filter['Key'], string[]>> = {
    name: [secret.name],
    'tag-key': [...secret.tags.keys()],
    'tag-value': [...secret.tags.values()],
  };
  const found = attributes[key];
  if (found === undefined)
    throw new AwsError('InvalidParameterException', `The stand-in cannot filter by ${key}.`);
  return values.some((value) =>
    value.startsWith('!')
      ? !found.some((attribute) => attribute.startsWith(value.slice(1)))
      : found.some((attribute) => attribute.startsWith(value)),
  );
}
