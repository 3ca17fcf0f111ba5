import { AwsError } from './aws-error.ts';

/** One page of a list; the token for the next is opaque to the caller, as in AWS. */
export function pageOf<Item>(
  items: readonly Item[],
  {
    MaxResults: size = 100,
    NextToken: token,
  }: { MaxResults?: number | undefined; NextToken?: string | undefined },
  invalidTokenCode = 'InvalidNextTokenException',
): { page: Item[]; next: string | undefined } {
  const start = token === undefined ? 0 : Number(Buffer.from(token, 'base64').toString());
  if (!Number.isInteger(start) || start < 0)
    throw new AwsError(invalidTokenCode, 'The NextToken value is invalid.');
  const end = start + size;
  return {
    page: items.slice(start, end),
    next: end < items.length ? Buffer.from(String(end)).toString('base64') : undefined,
  };
}
