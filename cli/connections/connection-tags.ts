import { isDataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { UsageError } from '../cli-error.ts';
import type { Intent } from './connection-spec.ts';

const DATA_CENTER = 'zoho-token-refresher:data-center';
const SCOPES = 'zoho-token-refresher:scopes';
/** Secrets Manager's limit. */
const MAX_TAG_LENGTH = 256;

/**
 * The tags of both secrets of a connection that was connected at run time, which say what it is meant to be. Scopes are
 * separated by spaces: commas are not allowed in a tag.
 */
export function toTags(intent: Intent): Readonly<Record<string, string>> {
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
export function fromTags(tags: Readonly<Record<string, string>>): Intent {
  const dataCenter = tags[DATA_CENTER];
  return {
    dataCenter: isDataCenterLocation(dataCenter) ? dataCenter : undefined,
    scopes: parseScopes(tags[SCOPES] ?? ''),
  };
}
