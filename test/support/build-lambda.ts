import { buildLambda } from '../../infra/build-lambda.ts';

/** Builds the Lambda functions once, before the tests that synthesize the stack. */
export function setup(): void {
  buildLambda();
}
