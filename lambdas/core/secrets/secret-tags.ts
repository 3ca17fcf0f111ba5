import { type DataCenterLocation, isDataCenterLocation } from '../zoho/data-centers.ts';
import { parseScopes } from '../zoho/scopes.ts';

const APPLICATION = 'application';
const DEPLOYMENT = 'zoho-token-refresher:deployment';
const DATA_CENTER = 'zoho-token-refresher:data-center';
const SCOPES = 'zoho-token-refresher:scopes';
/** CloudFormation puts it on the secrets of a stack. Users cannot set tags that begin with `aws:`. */
const STACK_NAME = 'aws:cloudformation:stack-name';
/** Secrets Manager's limit. */
export const MAX_TAG_LENGTH = 256;

export type Tags = Readonly<Record<string, string>>;

/** A deployment, as far as the tags of its secrets name it. `tags`: those of its stack. */
export interface TaggedDeployment {
  readonly secretPrefix: string;
  readonly tags: Tags;
}

/** What a connection should be, from its declaration or from the tags of its secrets. */
export interface ConnectionSpec {
  /** Where its Zoho account should be; undefined when not specified. */
  readonly dataCenter: DataCenterLocation | undefined;
  /** Scopes that consumers rely on; empty when not specified. */
  readonly scopes: readonly string[];
}

/** The tags of every secret that is created outside CloudFormation for a deployment: those of its stack, and ours. */
export function ownTags({ secretPrefix, tags }: TaggedDeployment): Tags {
  return { ...tags, [APPLICATION]: 'zoho-token-refresher', [DEPLOYMENT]: secretPrefix };
}

/**
 * True if the tags are those of a secret of this deployment: {@link ownTags}, or those of its stack. Version 0.1 did not name the
 * deployment, and its stack created the credentials secrets of declared connections.
 */
export function areOwnTags(
  tags: Tags,
  { secretPrefix, stackName }: { readonly secretPrefix: string; readonly stackName: string },
): boolean {
  const deployment = tags[DEPLOYMENT];
  const isOfOurs =
    tags[APPLICATION] === 'zoho-token-refresher' && (deployment === undefined || deployment === secretPrefix);
  return isOfOurs || (stackName !== '' && tags[STACK_NAME] === stackName);
}

/**
 * The tags of the token secret of a connection that was connected at run time. They record its spec. Scopes are separated
 * by spaces, because a tag must not contain commas. More than {@link MAX_TAG_LENGTH} characters of them do not fit.
 */
export function specTags(deployment: TaggedDeployment, spec: ConnectionSpec): Tags {
  const scopes = scopesTag(spec);
  return {
    ...ownTags(deployment),
    ...(spec.dataCenter === undefined ? {} : { [DATA_CENTER]: spec.dataCenter }),
    ...(scopes === '' ? {} : { [SCOPES]: scopes }),
  };
}

export function scopesTag({ scopes }: ConnectionSpec): string {
  return scopes.join(' ');
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
