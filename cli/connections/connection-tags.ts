import { isDataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { UsageError } from '../cli-error.ts';
import type { Deployment } from '../deployment/deployment.ts';
import type { ConnectionSpec } from './connection-spec.ts';

const APPLICATION = 'application';
const DEPLOYMENT = 'zoho-token-refresher:deployment';
const DATA_CENTER = 'zoho-token-refresher:data-center';
const SCOPES = 'zoho-token-refresher:scopes';
/** CloudFormation puts it on the secrets of a stack. Users cannot set tags that begin with `aws:`. */
const STACK_NAME = 'aws:cloudformation:stack-name';
/** Secrets Manager's limit. */
const MAX_TAG_LENGTH = 256;

type Tags = Readonly<Record<string, string>>;

/** The tags of every secret that the CLI creates for a deployment: those of its stack, and ours. */
export function ownTags({ secretPrefix, tags }: Pick<Deployment, 'secretPrefix' | 'tags'>): Tags {
  return { ...tags, [APPLICATION]: 'zoho-token-refresher', [DEPLOYMENT]: secretPrefix };
}

/**
 * True if the tags are those of a secret of this deployment: the CLI's, or those of its stack. Version 0.1 did not name the
 * deployment, and its stack created the credentials secrets of declared connections.
 */
export function areOwnTags(
  tags: Tags,
  { secretPrefix, stackName }: Pick<Deployment, 'secretPrefix' | 'stackName'>,
): boolean {
  const deployment = tags[DEPLOYMENT];
  const isOfTheCli =
    tags[APPLICATION] === 'zoho-token-refresher' && (deployment === undefined || deployment === secretPrefix);
  return isOfTheCli || (stackName !== '' && tags[STACK_NAME] === stackName);
}

/**
 * The tags of the token secret of a connection that was connected at run time. They record its spec. Scopes are separated
 * by spaces, because a tag must not contain commas.
 */
export function tagsFor(deployment: Pick<Deployment, 'secretPrefix' | 'tags'>, spec: ConnectionSpec): Tags {
  const scopes = spec.scopes.join(' ');
  if (scopes.length > MAX_TAG_LENGTH) {
    throw new UsageError(
      `The scopes have ${scopes.length} characters; at most ${MAX_TAG_LENGTH} fit in a tag.`,
      'Declare the connection in cdk.json, which has no such limit.',
    );
  }
  return {
    ...ownTags(deployment),
    ...(spec.dataCenter === undefined ? {} : { [DATA_CENTER]: spec.dataCenter }),
    ...(scopes === '' ? {} : { [SCOPES]: scopes }),
  };
}

/**
 * Reads the spec from the tags of the token secret, and what they lack from those of the credentials secret: version 0.1 tagged
 * both. An invalid value, edited by hand, is ignored.
 */
export function specFromTags(tokenTags: Tags, credentialsTags: Tags = {}): ConnectionSpec {
  const tags = { ...credentialsTags, ...tokenTags };
  const dataCenter = tags[DATA_CENTER];
  return {
    dataCenter: isDataCenterLocation(dataCenter) ? dataCenter : undefined,
    scopes: parseScopes(tags[SCOPES] ?? ''),
  };
}
