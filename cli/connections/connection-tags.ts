import { type DataCenterLocation, isDataCenterLocation } from '../../lambdas/core/data-centers.ts';
import { parseScopes } from '../../lambdas/core/scopes.ts';
import { UsageError } from '../cli-error.ts';

const DATA_CENTER = 'zoho-token-refresher:data-center';
const SCOPES = 'zoho-token-refresher:scopes';
/** Secrets Manager's limit. */
const MAX_TAG_LENGTH = 256;

/** What a connection that was connected at run time is meant to be: it stands in the tags of its credentials secret. */
export interface TaggedIntent {
  readonly dataCenter: DataCenterLocation | undefined;
  readonly scopes: readonly string[];
}

/** The tags of both secrets. Scopes are separated by spaces: commas are not allowed in a tag. */
export function toTags(intent: TaggedIntent): Readonly<Record<string, string>> {
  const scopes = intent.scopes.join(' ');
  if (scopes.length > MAX_TAG_LENGTH) {
    throw new UsageError(
      `The scopes are ${scopes.length} characters long; at most ${MAX_TAG_LENGTH} fit into a tag.`,
      'Declare the connection in cdk.json, where there is no such limit.',
    );
  }
  return {
    application: 'zoho-token-refresher',
    ...(intent.dataCenter === undefined ? {} : { [DATA_CENTER]: intent.dataCenter }),
    ...(scopes === '' ? {} : { [SCOPES]: scopes }),
  };
}

/** Reads them. What somebody has made of them by hand is left out. */
export function fromTags(tags: Readonly<Record<string, string>>): TaggedIntent {
  const dataCenter = tags[DATA_CENTER];
  return {
    dataCenter: isDataCenterLocation(dataCenter) ? dataCenter : undefined,
    scopes: parseScopes(tags[SCOPES] ?? ''),
  };
}
