import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';

/** What the client of a consumer reads from its environment. */
export interface ClientEnvironment {
  readonly secretPrefix: string;
  /** Name or ARN of what consumers invoke. */
  readonly refresher: string | undefined;
  /** Region of the tokens, which may be known at deployment only. */
  readonly region: string;
  /** Full ARN of the token secret, if it is in another account. */
  readonly tokenSecretArn?: string;
  /** Name of the table of tokens, if the connection may be in the second store. */
  readonly tokensTable?: string | undefined;
}

/** What each function was given: a client reads the tokens of one deployment. */
const GIVEN = new WeakMap<LambdaFunction, ClientEnvironment & { readonly arns: Set<string> }>();

/**
 * Sets the environment variables of the client. Throws if the function was given those of another deployment: they would be
 * overwritten. Warns if the function is in another region than the tokens.
 */
export function setClientEnvironment(consumer: LambdaFunction, environment: ClientEnvironment): void {
  const { secretPrefix, refresher, tokenSecretArn, tokensTable } = environment;
  const given = GIVEN.get(consumer);
  if (given !== undefined) checkIsSameDeployment(consumer, given, environment);
  const arns = given?.arns ?? new Set();
  GIVEN.set(consumer, { ...environment, arns });
  consumer.addEnvironment('ZOHO_SECRET_PREFIX', secretPrefix);
  if (refresher !== undefined) consumer.addEnvironment('ZOHO_REFRESHER_FUNCTION_NAME', refresher);
  if (tokensTable !== undefined) consumer.addEnvironment('ZOHO_TOKENS_TABLE', tokensTable);
  warnOfOtherRegion(consumer, environment);
  if (tokenSecretArn === undefined) return;
  arns.add(tokenSecretArn);
  consumer.addEnvironment('ZOHO_TOKEN_SECRET_ARNS', [...arns].join(','));
}

function checkIsSameDeployment(
  consumer: LambdaFunction,
  { secretPrefix: earlier, refresher: earlierTarget }: ClientEnvironment,
  { secretPrefix, refresher }: ClientEnvironment,
): void {
  const differ = (one = '', other = '') =>
    one !== other && one !== '' && other !== '' && !Token.isUnresolved(one) && !Token.isUnresolved(other);
  if (earlier !== secretPrefix)
    throw new Error(
      `${consumer.node.path} is attached to connections of two deployments, "${earlier}" and "${secretPrefix}". The environment of a function names one. Use a function for each, or grantRead and grantRequestRefresh, and pass secretPrefix and refresherFunctionName to createZohoClient.`,
    );
  if (differ(earlierTarget, refresher))
    throw new Error(
      `${consumer.node.path} is attached to connections of two deployments, whose targets are ${earlierTarget} and ${refresher}. The environment of a function names one. Use a function for each, or grantRead and grantRequestRefresh, and pass refresherFunctionName to createZohoClient.`,
    );
}

/** To be acknowledged if the function passes a client of the other region to `createZohoClient`. */
const OTHER_REGION = 'zoho-token-refresher:otherRegion';

function warnOfOtherRegion(consumer: LambdaFunction, { region }: ClientEnvironment): void {
  const own = Stack.of(consumer).region;
  if (Token.isUnresolved(own) || Token.isUnresolved(region) || own === region) return;
  Annotations.of(consumer).addWarningV2(
    OTHER_REGION,
    `The function is in ${own}, and the token is in ${region}: the client looks for it in the region of the function. Deploy the function to ${region}, or pass an SDK client of ${region} to createZohoClient.`,
  );
}
