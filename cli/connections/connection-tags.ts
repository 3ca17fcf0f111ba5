import {
  type ConnectionSpec,
  MAX_TAG_LENGTH,
  scopesTag,
  specTags,
  type TaggedDeployment,
  type Tags,
} from '../../lambdas/core/secrets/secret-tags.ts';
import { UsageError } from '../cli-error.ts';

/** The tags of the token secret of a connection. Throws {@link UsageError} if its scopes do not fit. */
export function tagsFor(deployment: TaggedDeployment, spec: ConnectionSpec): Tags {
  const { length } = scopesTag(spec);
  if (length > MAX_TAG_LENGTH) {
    throw new UsageError(
      `The scopes have ${length} characters; at most ${MAX_TAG_LENGTH} fit in a tag.`,
      'Declare the connection in cdk.json, which has no such limit.',
    );
  }
  return specTags(deployment, spec);
}
