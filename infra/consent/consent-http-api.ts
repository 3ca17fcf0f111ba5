import { Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  DomainName,
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { createFunctionLog } from '../function-log.ts';
import { acknowledgePublicRoute } from '../nag-acknowledgements.ts';
import type { ConsentSettings } from '../settings/consent-settings.ts';
import type { Settings } from '../settings/settings.ts';

/** The routes of the pages. Every other one answers 404. */
const PUBLIC_ROUTES = [
  ['/i/{token}', [HttpMethod.GET, HttpMethod.POST]],
  ['/callback', [HttpMethod.GET]],
] as const;

/** The routes for signed requests. */
const IAM_ROUTES = [
  ['/v1/invites', [HttpMethod.POST, HttpMethod.GET]],
  ['/v1/invites/{id}', [HttpMethod.GET, HttpMethod.DELETE]],
  ['/v1/invites/{id}/complete', [HttpMethod.POST]],
  ['/v1/invites/{id}/reject', [HttpMethod.POST]],
] as const;

/** Without path, query and cookies, which contain the secrets of invites. `routeKey` is such as `GET /i/{token}`. */
export const ACCESS_LOG = {
  requestId: '$context.requestId',
  time: '$context.requestTimeEpoch',
  routeKey: '$context.routeKey',
  status: '$context.status',
  sourceIp: '$context.identity.sourceIp',
  caller: '$context.identity.userArn',
  latencyMs: '$context.responseLatency',
  responseBytes: '$context.responseLength',
};

/** Public routes to the pages and signed ones to ConsentApi, throttled. */
export class ConsentHttpApi extends Construct {
  /** Without a slash at the end. */
  readonly url: string;
  /** What the DNS record of the own domain has to point to. */
  readonly domainTarget: string | undefined;
  readonly api: HttpApi;

  constructor(
    scope: Construct,
    id: string,
    { consent, logRetentionDays }: { readonly consent: ConsentSettings } & Pick<Settings, 'logRetentionDays'>,
  ) {
    super(scope, id);
    const { domainName, certificateArn, requestsPerSecond } = consent;
    const domain =
      domainName === undefined || certificateArn === undefined
        ? undefined
        : new DomainName(this, 'Domain', {
            domainName,
            certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
            securityPolicy: SecurityPolicy.TLS_1_2,
          });
    this.api = new HttpApi(this, 'Api', {
      description: 'Pages and invites for Zoho consents',
      createDefaultStage: false,
      // With two addresses, cookies of one would be missing at the other.
      disableExecuteApiEndpoint: domain !== undefined,
    });
    const { region, urlSuffix } = Stack.of(this);
    this.url = `https://${domainName ?? `${this.api.apiId}.execute-api.${region}.${urlSuffix}`}`;
    this.domainTarget = domain?.regionalDomainName;
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: requestsPerSecond, burstLimit: 2 * requestsPerSecond },
      accessLogSettings: {
        destination: new LogGroupLogDestination(createFunctionLog(this, 'AccessLog', logRetentionDays)),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
      ...(domain && { domainMapping: { domainName: domain } }),
    });
  }

  /** The routes, whose functions need the address. */
  addRoutes({ pages, http }: { readonly pages: IFunction; readonly http: IFunction }): void {
    const toPages = new HttpLambdaIntegration('Pages', pages);
    for (const [path, methods] of PUBLIC_ROUTES) {
      for (const route of this.api.addRoutes({ path, methods: [...methods], integration: toPages }))
        acknowledgePublicRoute(
          route,
          'People without AWS access open the pages. The link of an invite and the cookie of the browser are checked.',
        );
    }
    const toApi = new HttpLambdaIntegration('Signed', http);
    const authorizer = new HttpIamAuthorizer();
    for (const [path, methods] of IAM_ROUTES)
      this.api.addRoutes({ path, methods: [...methods], integration: toApi, authorizer });
  }

  /** Every route for signed requests. Public ones do not begin so. */
  get signedRoutesArn(): string {
    const { partition, region, account } = Stack.of(this);
    return `arn:${partition}:execute-api:${region}:${account}:${this.api.apiId}/$default/*/v1/*`;
  }
}
