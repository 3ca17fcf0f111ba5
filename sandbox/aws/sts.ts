import { type AwsEndpoint, type Clock, startAwsEndpoint } from './aws-endpoint.ts';
import { AwsError } from './aws-error.ts';
import { queryAnswer, queryErrorAnswer, readQuery, XML_CONTENT_TYPE } from './query-protocol.ts';

/** A running stand-in of STS. */
export type StsStandIn = AwsEndpoint<'GetCallerIdentity'>;

/** Starts a stand-in of STS on loopback with one operation, GetCallerIdentity: AWS Query, XML. */
export async function startSts({ clock }: { readonly clock: Clock }): Promise<StsStandIn> {
  return await startAwsEndpoint<'GetCallerIdentity'>({
    name: 'sts',
    clock,
    contentType: XML_CONTENT_TYPE,
    encodeError: queryErrorAnswer,
    describeCall: ({ body }) => ({ operation: readQuery(body).get('Action') ?? '' }),
    execute: ({ body }) => {
      const action = readQuery(body).get('Action') ?? '';
      if (action !== 'GetCallerIdentity')
        throw new AwsError('InvalidAction', `The stand-in knows no operation "${action}".`);
      return queryAnswer(action, {
        UserId: 'AIDASANDBOXSANDBOX000',
        Account: '000000000000',
        Arn: 'arn:aws:iam::000000000000:user/sandbox',
      });
    },
  });
}
