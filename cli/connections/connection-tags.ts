import { isDataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { UsageError } from '../cli-error.ts';
import type { ConnectionSpec } from './connection-spec.ts';

const DATA_CENTER = 'zoho-token-refresher:data-center';
const SCOPES = 'zoho-token-refresher:scopes';
/** Secrets Manager's limit. */
const MAX_TAG_LENGTH = 256;

/**
 * The tags of both secrets of a connection that was connected at run time. They record its spec. Scopes are separated by
 * spaces, because a tag must not contain commas.
 */
export function tagsFor(spec: ConnectionSpec): Readonly<Record<string, string>> {
  const scopes = spec.scopes.join(' ');
  if (scopes.length > MAX_TAG_LENGTH) {
    throw new UsageError(
      `The scopes have ${scopes.length} characters; at most ${MAX_TAG_LENGTH} fit in a tag.`,
      'Declare the connection in cdk.json, which has no such limit.',
    );
  }
  return {
    application: 'zoho-token-refresher',
    ...(spec.dataCenter === undefined ? {} : { [DATA_CENTER]: spec.dataCenter }),
    ...(scopes === '' ? {} : { [SCOPES]: scopes }),
  };
}

/** Reads the spec from the tags. An invalid value, edited by hand, is ignored. */
export function specFromTags(tags: Readonly<Record<string, string>>): ConnectionSpec {
  const dataCenter = tags[DATA_CENTER];
  return {
    dataCenter: isDataCenterLocation(dataCenter) ? dataCenter : undefined,
    scopes: parseScopes(tags[SCOPES] ?? ''),
  };
}
