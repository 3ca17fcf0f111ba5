import type { Stack } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import * as construct from '../../infra/index.ts';
import type { Snippet } from '../support/document-snippets.ts';

const IMPORT = /^import \{([^}]+)\} from '([^']+)';$/gm;

/** Runs a snippet of a document as if it were in the constructor of a stack, with these variables. */
export async function runCdkSnippet(
  snippet: Snippet | undefined,
  stack: Stack,
  variables: Record<string, unknown>,
): Promise<void> {
  const { code = '' } = snippet ?? {};
  const scope = { ...variables };
  for (const [, names = '', module = ''] of code.matchAll(IMPORT)) {
    const imported: Record<string, unknown> =
      module === 'zoho-token-refresher' ? construct : await import(module);
    for (const name of names.split(',').map((each) => each.trim())) scope[name] = imported[name];
  }
  new Function(...Object.keys(scope), code.replace(IMPORT, '')).call(stack, ...Object.values(scope));
}

/** A function of a consumer. */
export function createConsumer(stack: Stack, id: string): LambdaFunction {
  return new LambdaFunction(stack, id, {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {};'),
  });
}
