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
