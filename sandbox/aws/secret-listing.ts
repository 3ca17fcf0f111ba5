import { AwsError } from './aws-error.ts';
import type { SecretRecord } from './secret-record.ts';

/** Whether one of a filter's values is, or with a leading `!` is not, how the attribute begins. */
export function matchesFilter(
  secret: SecretRecord,
  filter: { readonly Key: string; readonly Values: readonly string[] },
): boolean {
  const texts = filterableTexts(secret, filter.Key);
  return filter.Values.some((value) =>
    value.startsWith('!')
      ? !texts.some((text) => text.startsWith(value.slice(1)))
      : texts.some((text) => text.startsWith(value)),
  );
}

function filterableTexts(secret: SecretRecord, key: string): string[] {
  switch (key) {
    case 'name':
      return [secret.name];
    case 'tag-key':
      return [...secret.tags.keys()];
    case 'tag-value':
      return [...secret.tags.values()];
    default:
      throw new AwsError('InvalidParameterException', `The stand-in knows no filter "${key}".`);
  }
}

/** One page of a list; the token for the next is opaque to the caller, as in AWS. */
export function pageOf<Item>(
  items: readonly Item[],
  {
    MaxResults: size = 100,
    NextToken: token,
  }: { MaxResults?: number | undefined; NextToken?: string | undefined },
): { page: Item[]; next: string | undefined } {
  const start = token === undefined ? 0 : Number(Buffer.from(token, 'base64').toString());
  if (!Number.isInteger(start) || start < 0) {
    throw new AwsError('InvalidNextTokenException', 'The NextToken value is invalid.');
  }
  const end = start + size;
  return {
    page: items.slice(start, end),
    next: end < items.length ? Buffer.from(String(end)).toString('base64') : undefined,
  };
}
